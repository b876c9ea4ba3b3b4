# Options that contradict each other.
senc --stop-after=remove-dead --emit=obj network.sen
senc --emit=shared -o - network.sen
