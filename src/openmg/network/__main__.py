"""`python -m openmg.network application|daemon`: one process of the home it is started in, by a supervisor."""

import argparse
import sys
from pathlib import Path

from openmg.errors import OpenMGError
from openmg.network import lifeline, roles
from openmg.network.verdict import exit_code

parser = argparse.ArgumentParser(prog="openmg.network")
parser.add_argument("role", choices=["application", "daemon"])
parser.add_argument("--passphrase-file", type=Path)
given = parser.parse_args()
lifeline.watch()
try:
    if given.role == "application":
        roles.run_application(Path())
    else:
        roles.run_daemon(Path(), given.passphrase_file)
except OpenMGError as error:
    sys.stderr.write(f"openmg: {error}\n")
    sys.exit(exit_code(error))
