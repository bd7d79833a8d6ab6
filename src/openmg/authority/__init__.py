"""An authority: its secrets, and what it posts: about the epoch key (KEY), and in rounds of learning (LEARN)."""

from openmg.authority.holder import Holder
from openmg.authority.holder_file import HolderFile
from openmg.authority.keyfile import AuthorityKeys
from openmg.authority.member import Authority
from openmg.authority.process import AuthorityProcess

__all__ = ["Authority", "AuthorityKeys", "AuthorityProcess", "Holder", "HolderFile"]
