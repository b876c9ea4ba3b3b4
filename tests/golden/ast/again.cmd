# What is printed reads back as the same tree.
senc --emit=ast everything.sen | sed -e '/^import/d' -e '/^# /d' -e '/^$/d' > "$scratch/once.sen"
senc --emit=ast "$scratch/once.sen" | sed '/^# /d' > "$scratch/twice.sen"
cmp "$scratch/once.sen" "$scratch/twice.sen" && wc -l < "$scratch/twice.sen"
