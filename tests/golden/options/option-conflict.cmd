# Options that contradict each other.
senc --stop-after=remove-dead --emit=obj network.sen
senc --emit=shared -o - network.sen
senc --explain-se --emit=exe network.sen
senc --emit=plan --explain-se=json network.sen
senc --explain-se --stop-after=remove-dead network.sen
