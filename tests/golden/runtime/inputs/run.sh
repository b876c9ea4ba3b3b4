# run.sh - what the cases have in common: `fake NETWORK ARGUMENT...` runs a hand-written network and shows how it ended.
fake() {
    ended=0
    timeout 60 "$top_builddir/tests/unit/fake_network" "$@" || ended=$?
    if [ "$ended" -ne 0 ]; then echo "exit status $ended" >&2; fi
}
