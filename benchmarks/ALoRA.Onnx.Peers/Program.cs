using System.CommandLine;
using ALoRA.Onnx.Cli.Bench;
using ALoRA.Onnx.Peers;

Option<int> prefix = new("--prefix") { Description = "Tokens of a prompt.", DefaultValueFactory = _ => 512, Recursive = true };
Option<int> tokens = new("--tokens") { Description = "Tokens of an answer.", DefaultValueFactory = _ => 64, Recursive = true };
Option<int> rows = new("--rows") { Description = "Requests at once.", DefaultValueFactory = _ => 16, Recursive = true };
Option<int> rounds = new("--rounds") { Description = "How often all is measured.", DefaultValueFactory = _ => 5, Recursive = true };
Option<int> threads = new("--threads") { Description = "Threads of each runtime.", DefaultValueFactory = _ => 2, Recursive = true };
Option<bool> quick = new("--quick") { Description = "One round of a quarter of the tokens: does it run?", Recursive = true };
RootCommand root = new("Measures other runtimes beside this repository's engine, in one process and in turns.")
{
    prefix, tokens, rows, rounds, threads, quick,
};

Argument<string> file = new("file") { Description = "A GGUF file." };
Argument<string[]> folders = new("models")
{
    Description = "Folders that `alora export` made of the same weights.", Arity = ArgumentArity.OneOrMore,
};
Option<string[]> adapters = new("--adapter")
{
    Description = "NAME=FOLDER: an adapter by its name in the model folders, and the PEFT folder that it was converted from; repeatable.",
};
Option<bool> separate = new("--separate") { Description = "LLamaSharp has a cache a request, not one that all share." };
Command llama = new("llamasharp", "LLamaSharp on a GGUF file.") { file, folders, adapters, separate };
llama.SetAction(parsed => LlamaComparison.Run(
    parsed.GetRequiredValue(file),
    parsed.GetRequiredValue(folders),
    (parsed.GetValue(adapters) ?? []).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]),
    !parsed.GetValue(separate),
    SizeOf(parsed)));
root.Add(llama);

Argument<string> stock = new("stock") { Description = "A folder of `alora export --flavor genai`." };
Command genAI = new("genai", "ONNX Runtime GenAI on an export.") { stock, folders };
genAI.SetAction(parsed => GenAIComparison.Run(parsed.GetRequiredValue(stock), parsed.GetRequiredValue(folders), SizeOf(parsed)));
root.Add(genAI);

return await root.Parse(args).InvokeAsync();

RunSize SizeOf(ParseResult parsed)
{
    Console.WriteLine(MachineDescription.OfThisOne());
    RunSize size = new(
        parsed.GetValue(prefix), parsed.GetValue(tokens), parsed.GetValue(rows), parsed.GetValue(rounds), parsed.GetValue(threads));
    size = parsed.GetValue(quick) ? size with { Prefix = size.Prefix / 4, Tokens = size.Tokens / 4, Rounds = 1 } : size;
    Console.WriteLine($"{size.Threads} threads each, median of {size.Rounds} rounds in turns, answers of {size.Tokens} tokens");
    return size;
}
