"""Cuts tests/Data out of the complete golden data: python cut.py CONFORMANCE MODELS

Whole files are copied byte by byte; of lists, adapters and rows of logits a part is taken, chosen by position only. Nothing is computed but
the summary of recorded numbers in certainty-evaluation-summary.json. Python's standard library suffices.
"""

import json
import pathlib
import shutil
import struct
import sys

SOURCE, MODELS = map(pathlib.Path, sys.argv[1:3])
TARGET = pathlib.Path(__file__).parent
TOKENIZERS = ["demo-small", *sorted(folder.name for folder in (SOURCE / "text" / "tokenizers").glob("tiny-*"))]
LLAMA_ADAPTERS = [
    "alora_all", "alora_bf16", "alora_layers", "alora_lora_bias", "alora_patterns", "alora_regex", "alora_single_token", "lora_qv", "lora_r1",
]
ARCHITECTURES = {"llama": LLAMA_ADAPTERS} | {name: ["alora_all", "lora_qv"] for name in ("granite", "gemma", "qwen2", "phi3", "olmo2")}
GGUF_MODELS = ["llama-q4_0.gguf", "llama-q4_1.gguf"]
BYTES_A_TOKENIZER = 12_000
BYTES_A_COMPONENT = 22_000


def copy(source, relative):
    for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
        if path.is_file():
            target = TARGET / relative / path.relative_to(source) if source.is_dir() else TARGET / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def write(relative, text):
    target = TARGET / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="\n")


def write_rows(relative, rows):
    write(relative, "[\n" + ",\n".join(rows) + "\n]\n")


def rows_of(path):
    return [line.rstrip(",") for line in path.read_text(encoding="utf-8").splitlines() if line not in ("[", "]", "")]


def spread(rows, limit, longest=1500):
    """As many rows as fit into the limit, at equal distances, without the longest ones."""
    rows = [row for row in rows if len(row) <= longest]
    for step in range(1, len(rows)):
        if sum(len(row) + 2 for row in rows[::step]) <= limit:
            return rows[::step]
    return rows[:1]


def read_safetensors(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    body = data[8 + size :]
    return {name: (entry, body[slice(*entry["data_offsets"])]) for name, entry in header.items()}


def first_rows(entry, values, count):
    rows, *rest = entry["shape"]
    kept = min(count or rows, rows)
    return entry["dtype"], [kept, *rest], values[: len(values) // rows * kept]


def write_safetensors(relative, tensors):
    header, body = {}, b""
    for name, (dtype, shape, values) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(values)]}
        body += values
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (TARGET / relative).write_bytes(struct.pack("<Q", len(text)) + text + body)


def positions_of(case, adapters, count):
    """A position inside, the last one, and those around each place where an adapter begins."""
    end = count - 1
    chosen = {count // 2, end}
    for name, start in case["activation_start"].items():
        if name in adapters and start is not None:
            chosen |= {start - 1, start, start + 1}
    return sorted(position for position in chosen if 0 <= position <= end)


def cut_cases(source, relative, adapters, keep=lambda name: True, wanted=positions_of):
    cases = read(source / "cases.json")
    logits = read_safetensors(source / "reference.safetensors")
    cases["adapters"] = {name: cases["adapters"][name] for name in adapters}
    cases["cases"] = [case for case in cases["cases"] if keep(case["name"])]
    tensors = {}
    for case in cases["cases"]:
        case["adapters"] = [name for name in case["adapters"] if name in adapters]
        case["activation_start"] = {name: start for name, start in case["activation_start"].items() if name in adapters}
        for name in [key for key in case if key.endswith("_greedy") and key[:-7] not in ("base", *case["adapters"])]:
            del case[name]
        given = case.get("logits_positions", list(range(len(case["input_ids"]))))
        case["logits_positions"] = [position for position in wanted(case, adapters, len(case["input_ids"])) if position in given]
        for tensor in [f"{case['name']}.base_logits", *(f"{case['name']}.{name}.logits" for name in case["adapters"])]:
            entry, values = logits[tensor]
            width = len(values) // entry["shape"][0]
            picked = [given.index(position) for position in case["logits_positions"]]
            kept = b"".join(values[row * width : (row + 1) * width] for row in picked)
            tensors[tensor] = ("F32", [len(picked), *entry["shape"][1:]], kept)
    (TARGET / relative).mkdir(parents=True, exist_ok=True)
    head = {key: value for key, value in cases.items() if key != "cases"}
    write(f"{relative}/cases.json", json.dumps(head)[:-1] + ', "cases": [\n' + ",\n".join(map(json.dumps, cases["cases"])) + "\n]}\n")
    write_safetensors(f"{relative}/reference.safetensors", tensors)


def cut_models():
    for name, adapters in ARCHITECTURES.items():
        source, relative = SOURCE / "models" / name, f"models/{name}"
        for file in ("config.json", "generation_config.json", "model.safetensors"):
            copy(source / file, f"{relative}/{file}")
        for adapter in adapters:
            copy(source / "adapters" / adapter, f"{relative}/adapters/{adapter}")
        cut_cases(source, relative, adapters)
    for bad in sorted((SOURCE / "models" / "llama" / "bad-adapters").iterdir()):
        if bad.name != "modules_to_save":
            copy(bad, f"models/llama/bad-adapters/{bad.name}")
    copy(SOURCE / "ibm-old-format", "ibm-old-format")
    cut_cases(SOURCE / "ibm-old-format", "ibm-old-format", ["adapter"])


def cut_demo():
    source = MODELS / "demo"
    adapters = list(read(source / "cases.json")["adapters"])
    last = lambda case, names, count: [count - 1]
    cut_cases(source, "models/demo", adapters, lambda name: not name.endswith(".2"), last)
    lines = (source / "certainty-evaluation.jsonl").read_text(encoding="utf-8").splitlines()[::10]
    write("models/demo/certainty-evaluation.jsonl", "\n".join(lines) + "\n")
    rows = [json.loads(line) for line in lines]
    summary = {kind: summarise([(row["right"], row[f"{kind}_certainty"]) for row in rows]) for kind in ("alora", "lora")}
    write("models/demo/certainty-evaluation-summary.json", json.dumps(summary, indent=1) + "\n")


def summarise(samples):
    """The figures of certainty-evaluation-summary.json: ten bins, area under the curve with halves for ties, mean squared error."""
    bins = [[] for _ in range(10)]
    for right, certainty in samples:
        bins[min(int(certainty * 10), 9)].append((right, certainty))
    error = sum(abs(sum(right for right, _ in one) - sum(certainty for _, certainty in one)) for one in bins) / len(samples)
    good, bad = ([certainty for right, certainty in samples if right == wanted] for wanted in (True, False))
    area = sum((x > y) + (x == y) / 2 for x in good for y in bad) / (len(good) * len(bad))
    brier = sum((certainty - right) ** 2 for right, certainty in samples) / len(samples)
    return {"ece": error, "auroc": area, "brier": brier, "base_accuracy": len(good) / len(samples), "rows": len(samples)}


def cut_text():
    for name in TOKENIZERS:
        source, relative = SOURCE / "text" / "tokenizers" / name, f"text/tokenizers/{name}"
        for file in ("tokenizer.json", "tokenizer_config.json"):
            if (source / file).exists():
                copy(source / file, f"{relative}/{file}")
        write_rows(f"{relative}/cases.json", spread(rows_of(source / "cases.json"), BYTES_A_TOKENIZER))
    for part in ("normalizers", "pre_tokenizers", "decoders"):
        path = f"text/tokenizers/components/{part}.json"
        write_rows(path, spread(rows_of(SOURCE / path), BYTES_A_COMPONENT))
    templates = SOURCE / "text" / "templates"
    for file in ("demo-small.jinja", "inputs.json", "language.json"):
        copy(templates / file, f"text/templates/{file}")
    ours = [row for row in rows_of(templates / "cases.json") if json.loads(row)["template"] == "demo-small"]
    write_rows("text/templates/cases.json", ours)


def cut_intrinsics():
    source = SOURCE / "text" / "intrinsics"
    for file in ("rules.json", "rewrites.json", "sentences.json"):
        copy(source / file, f"text/intrinsics/{file}")
    case = read(source / "rewrites.json")[-1]
    write("text/intrinsics/everything/io.yaml", case["io_yaml"])
    for part in ("input", "args", "request"):
        write(f"text/intrinsics/everything/{part}.json", json.dumps(case[part], indent=1) + "\n")
    case = next(case for case in read(source / "rules.json") if case["note"].startswith("decode_sentences: last message, instruction"))
    write("text/intrinsics/sentences/io.yaml", case["io_yaml"])
    documents = [{"doc_id": "A", "text": "Doc a zero. Doc a one."}, {"doc_id": "B", "text": "Doc b two."}]
    turns = [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "First one. Second one. Third."}]
    result = json.loads(json.dumps(case["raw_output"]))
    result["choices"][0]["message"]["content"] = case["result_content"]
    parts = {"input": {"messages": turns, "extra_body": {"documents": documents}}, "result": result}
    parts |= {part: case[part] for part in ("request", "raw_output")}
    for part, value in parts.items():
        write(f"text/intrinsics/sentences/{part}.json", json.dumps(value, indent=1) + "\n")


def cut_containers():
    copy(SOURCE / "safetensors", "safetensors")
    source = SOURCE / "gguf"
    index = read(source / "index.json")
    kept = [entry for entry in index["files"] if not entry["file"].startswith("llama-") or entry["file"] in GGUF_MODELS]
    for entry in kept:
        copy(source / entry["file"], f"gguf/{entry['file']}")
    index["files"] = kept
    write("gguf/index.json", json.dumps(index, indent=1) + "\n")
    cases = read(source / "cases.json")
    cases["cases"] = [case for case in cases["cases"] if case["file"] in GGUF_MODELS]
    write("gguf/cases.json", json.dumps(cases, indent=1) + "\n")
    logits = read_safetensors(source / "reference.safetensors")
    names = [f"{pathlib.Path(file).stem}.logits" for file in GGUF_MODELS]
    write_safetensors("gguf/reference.safetensors", {name: ("F32", logits[name][0]["shape"], logits[name][1]) for name in names})
    blocks = read_safetensors(source / "dequant.safetensors")
    wide = {name[:-7] for name, (entry, _) in blocks.items() if name.endswith(".values") and entry["shape"][1] == 256}
    cut = {name: first_rows(*tensor, 3 if name.split(".")[0] in wide else None) for name, tensor in blocks.items()}
    write_safetensors("gguf/dequant.safetensors", cut)


if __name__ == "__main__":
    cut_models()
    cut_demo()
    cut_text()
    cut_intrinsics()
    cut_containers()
