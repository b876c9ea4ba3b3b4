# Arguments that are missing or too many.
senc --list-passes=all network.sen
echo "exit status $?"
senc network.sen --emit
