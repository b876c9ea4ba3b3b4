# senc.bash - completion of senc's command line for bash.

_senc() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} senc=${COMP_WORDS[0]}
    COMPREPLY=()
    # bash splits --emit=graph at the '='
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    [[ ${COMP_WORDS[COMP_CWORD]} == = ]] && previous=${COMP_WORDS[COMP_CWORD - 1]}
    case $previous in
    --emit) _senc_words "exe obj shared header llvm asm ast graph plan params dot sen onnx" ;;
    --explain-se) _senc_words "text json" ;;
    --color) _senc_words "auto always never" ;;
    --vector-bytes) _senc_words "16 32 64" ;;
    --march)
        _senc_words "native x86-64-v2 x86-64-v3 x86-64-v4 nehalem haswell skylake alderlake skylake-avx512 \
            icelake-server sapphirerapids znver1 znver2 znver3 znver4 znver5"
        ;;
    --disable-pass | --stop-after) _senc_words "$("$senc" --list-passes 2>/dev/null | cut -d' ' -f1)" ;;
    --dump-after) _senc_words "all $("$senc" --list-passes 2>/dev/null | cut -d' ' -f1)" ;;
    --weights)
        _senc_words random
        _senc_files safetensors
        ;;
    --runtime-dir) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    --cc) mapfile -t COMPREPLY < <(compgen -c -- "$current") ;;
    -o) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    -D | -O | --name | --batch | --shape | --picture | --tile) ;;
    --constant) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    *)
        if [[ $current == -* ]]; then
            _senc_words "-o --emit= --name= --weights= --allow-unused-weights -D --batch= --shape= --constant= --picture= -O0 -O1 -O2 -O3 --march= \
                --vector-bytes= --tile= --runtime-dir= --cc= --explain-se --list-passes --disable-pass= --dump-after= --stop-after= \
                --time-passes -v --color= --help --version"
            [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
        else
            _senc_files sen
            _senc_files onnx
        fi
        ;;
    esac
}

# Adds the words of the list $1 that begin as $current.
_senc_words() {
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$1" -- "$current")
}

# Adds the files of the ending $1, and folders.
_senc_files() {
    compopt -o filenames
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -X "!*.$1" -- "$current"; compgen -d -- "$current")
}

complete -F _senc senc
