senc --list-passes
