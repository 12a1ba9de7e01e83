"""What the commands in `script/` stand on: Odoo, Python packages, PostgreSQL and databases, made when missing.

Every module is one concept; Python's standard library is all they need:

`home`       the cache folder, its lock, and how a folder in it gets built once
`process`    running other programs: their log, their progress, their one-line failure
`system`     what only the system's package manager can bring (browser, PDF engine, fonts)
`debian`     Debian's packages without installing them
`venv`       the Python packages, locked by version
`odoo`       Odoo 19 itself, and the environment that it runs in
`postgres`   the private database server
`databases`  templates, clones, and when they are out of date
`command`    what every command does first, and how it ends
`browser`    what steers the browser that pictures are taken with
`demo`, `testing`, `lint`, `screenshots`, `reference`, `translate`  the commands that are more than a line
`translations`, `glossary`  what there is to say of files with translations, and the field's terms in them
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(f"Python 3.11 or newer is needed, and this is {sys.version.split()[0]}")
