"""Renders the family-*.jinja templates as Transformers does (its environment, rebuilt on Jinja2) and writes text/templates/families.json.

python render.py INPUTS.json         writes families.json
python render.py INPUTS.json CASES   checks this environment against recorded cases of Transformers itself
"""

import datetime
import json
import pathlib
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox

FOLDER = pathlib.Path(__file__).parent / "text" / "templates"
TEMPLATES = ["family-gemma", "family-granite", "family-hermes", "family-llama", "family-mistral", "family-phi"]
INPUTS = [
    "user", "system_user", "multi_noprompt", "tools_system", "tool_result",
    "documents_tools", "parts_all", "thinking_true", "unicode_quotes", "two_users",
]


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_print"), [], [], body).set_lineno(line)

    def _print(self, caller):
        return caller()




def environment():
    extensions = [Generation, "jinja2.ext.loopcontrols"]
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=extensions)

    def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = datetime.datetime(2026, 1, 15, 12, 34, 56).strftime
    return env


def render(env, name, given, bos, eos):
    variables = {key: given[key] for key in ("messages", "tools", "documents", "add_generation_prompt")} | given["kwargs"]
    variables |= {key: token for key, token in (("bos_token", bos), ("eos_token", eos)) if token is not None}
    stage = "compile"
    try:
        template = env.from_string((FOLDER_OF_TEMPLATES / f"{name}.jinja").read_text(encoding="utf-8"))
        stage = "render"
        return {"output": template.render(**variables)}
    except (jinja2.exceptions.TemplateError, TypeError, ValueError, ZeroDivisionError, RecursionError) as error:
        return {"error": {"stage": stage, "type": type(error).__name__, "message": str(error)}}


inputs = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
env = environment()
if len(sys.argv) > 2:
    cases = pathlib.Path(sys.argv[2])
    FOLDER_OF_TEMPLATES = cases.parent
    different = 0
    recorded = json.loads(cases.read_text(encoding="utf-8"))
    for case in recorded:
        got = render(env, case["template"], inputs[case["input"]], case["bos_token"], case["eos_token"])
        same = got == {"output": case.get("output")} or ("error" in got and got["error"]["type"] == case.get("error", {}).get("type"))
        different += not same
    print(f"{len(recorded)} cases, {different} differ")
else:
    FOLDER_OF_TEMPLATES = FOLDER
    rows = [
        {"template": name, "input": given, "bos_token": "<s>", "eos_token": "</s>"} | render(env, name, inputs[given], "<s>", "</s>")
        for name in TEMPLATES
        for given in INPUTS
    ]
    (FOLDER / "families.json").write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n", encoding="utf-8", newline="\n")
    print(f"{len(rows)} renderings, {sum('error' in row for row in rows)} of them errors")
