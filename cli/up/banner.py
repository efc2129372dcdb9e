"""What `tunery up` shows once it is ready: where it is and how to try it."""

from rich.console import Group
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from cli.credentials import FILE_NAME
from cli.up.options import UpOptions
from cli.up.services import has_engine

_EXAMPLE = """\
import json
from openai import OpenAI

keys = json.load(open({path!r}))
client = OpenAI(base_url=keys["base_url"], api_key=keys["api_key"])
print([model.id for model in client.models.list()])"""


def banner(api_url: str, *, options: UpOptions, has_keys: bool) -> Panel:
    """The panel; `has_keys` says whether credentials.json could be written."""
    path = str(options.data_dir / FILE_NAME)
    places = Table.grid(padding=(0, 2))
    places.add_row(Text("base_url", style="bold"), f"{api_url}/v1")
    places.add_row(Text("keys", style="bold"), path if has_keys else "as made at the first start; not in this folder")
    places.add_row(Text("logs", style="bold"), str(options.log_dir))
    parts: list[Table | Text | Syntax] = [places]
    if has_keys:
        example = Syntax(_EXAMPLE.format(path=path), "python", background_color="default", word_wrap=True)
        parts += [Text(), Text("Try it:"), example]
    if not has_engine():
        parts.append(Text("No training here: pip install 'tunery[engine]' adds it.", style="yellow"))
    parts += [Text(), Text("Ctrl-C stops everything.", style="dim")]
    return Panel(Group(*parts), title="Tunery is ready", expand=False)
