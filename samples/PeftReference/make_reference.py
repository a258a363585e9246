#!/usr/bin/env python3
"""Has Transformers and PEFT compute what `alora verify` compares with: logits and greedy continuations of a checkpoint and its adapters.

Needs Python packages: torch, transformers 4.56 or newer, peft 0.18 or newer, safetensors.
"""
import argparse
import json
import os
import shutil

import torch
from peft import PeftModel
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer


def read_prompts(path, tokenizer):
    """One prompt a line; a line that is a JSON list of messages goes through the chat template."""
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file if line.strip()]
    for line in lines:
        if line.startswith("["):
            yield tokenizer.apply_chat_template(json.loads(line), add_generation_prompt=True, return_dict=False)
        else:
            yield tokenizer(line).input_ids


def last_start(ids, invocation):
    """Index of the last occurrence of the invocation, from which on an aLoRA acts; None if there is none."""
    starts = [i for i in range(len(ids) - len(invocation) + 1) if ids[i : i + len(invocation)] == invocation]
    return starts[-1] if starts else None


def forward(model, ids):
    return model(input_ids=torch.tensor([ids])).logits[0]


def greedy(model, ids, count, invocation=()):
    """The ids that follow, without stopping at the end of text, as the comparison counts them."""
    length, start = len(ids), last_start(ids, list(invocation))
    ids = list(ids)
    for _ in range(count):
        ids.append(int(forward(model, ids)[-1].argmax()))
        # PEFT looks for the invocation in what it is given: from here on it would act from another place than the prompt's.
        if invocation and last_start(ids, list(invocation)) != start:
            raise SystemExit(f"error: the adapter's continuation has its own invocation at token {len(ids)}; use --greedy {len(ids) - length - 1}.")
    return ids[length:]


def adapter_of(given):
    """Name and folder of [NAME=]FOLDER."""
    name, folder = ("", given) if os.path.isdir(given) or "=" not in given else given.split("=", 1)
    if not os.path.isfile(os.path.join(folder, "adapter_config.json")):
        raise SystemExit(f"error: --adapter {given}: {folder} has no adapter_config.json; expected a folder that PEFT saved.")
    name = name or os.path.basename(os.path.abspath(folder))
    if name == "base" or "." in name or "/" in name:
        raise SystemExit(f"error: --adapter {given}: {name} can't be the name here; give another one, as judge={folder}.")
    return name, folder


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", help="folder of the base")
    parser.add_argument("prompts", help="text file, a prompt or a JSON list of messages a line")
    parser.add_argument("-o", "--output", required=True, help="folder to make")
    parser.add_argument("-a", "--adapter", action="append", default=[], help="[NAME=]FOLDER of a PEFT adapter; may be repeated")
    parser.add_argument("--greedy", type=int, default=8, help="tokens to continue with")
    parser.add_argument("--positions", type=int, default=8, help="last positions of a prompt whose logits are kept")
    options = parser.parse_args()

    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(options.checkpoint)
    base = AutoModelForCausalLM.from_pretrained(options.checkpoint, dtype=torch.float32, attn_implementation="eager").eval()
    os.makedirs(os.path.join(options.output, "adapters"), exist_ok=True)

    model, kinds, invocations = base, {}, {}
    for given in options.adapter:
        name, folder = adapter_of(given)
        shutil.copytree(folder, os.path.join(options.output, "adapters", name), dirs_exist_ok=True)
        model = PeftModel.from_pretrained(base, folder, adapter_name=name) if model is base else model
        if name not in model.peft_config:
            model.load_adapter(folder, adapter_name=name)
        invocations[name] = list(getattr(model.peft_config[name], "alora_invocation_tokens", None) or [])
        kinds[name] = {"kind": "alora" if invocations[name] else "lora"}
    model = model.eval()

    cases, tensors = [], {}

    def add(name, ids, adapter):
        positions = list(range(max(0, len(ids) - options.positions), len(ids)))
        if model is base:
            plain, plain_greedy = forward(base, ids), greedy(base, ids, options.greedy)
        else:
            with model.disable_adapter():
                plain, plain_greedy = forward(model, ids), greedy(model, ids, options.greedy)
        tensors[f"{name}.base_logits"] = plain[positions].float().contiguous()
        case = {
            "name": name,
            "input_ids": ids,
            "logits_positions": positions,
            "base_greedy": plain_greedy,
            "adapters": [adapter] if adapter else [],
            "activation_start": {},
        }
        if adapter:
            model.set_adapter(adapter)
            tensors[f"{name}.{adapter}.logits"] = forward(model, ids)[positions].float().contiguous()
            case[f"{adapter}_greedy"] = greedy(model, ids, options.greedy, invocations[adapter])
            case["activation_start"][adapter] = last_start(ids, invocations[adapter]) if invocations[adapter] else None
        cases.append(case)

    with torch.no_grad():
        for i, ids in enumerate(read_prompts(options.prompts, tokenizer)):
            ids = list(ids)
            add(f"base.{i}", ids, None)
            for adapter, invocation in invocations.items():
                missing = bool(invocation) and last_start(ids, invocation) is None
                add(f"{adapter}.{i}", ids + invocation if missing else ids, adapter)

    with open(os.path.join(options.output, "cases.json"), "w", encoding="utf-8") as file:
        json.dump({"base": os.path.relpath(options.checkpoint, options.output), "adapters": kinds, "cases": cases}, file, indent=1)
    save_file(tensors, os.path.join(options.output, "reference.safetensors"))
    print(f"{options.output}: {len(cases)} cases of {len(kinds)} adapters")


if __name__ == "__main__":
    main()
