"""An authority: its key file, its share of the epoch key, and what it posts (KEY)."""

from openmg.authority.keyfile import AuthorityKeys
from openmg.authority.member import Authority
from openmg.authority.process import AuthorityProcess

__all__ = ["Authority", "AuthorityKeys", "AuthorityProcess"]
