using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora tokenize</c>: texts to ids and ids to texts, one JSON line each.</summary>
internal sealed class TokenizeCommand : AloraCommand
{
    private readonly Argument<string> _tokenizer = new("tokenizer")
    {
        Description = "A folder with tokenizer.json, or such a file itself (also .json.gz).",
    };

    private readonly Option<bool> _special = new("--special") { Description = "Add the special tokens that the post-processor adds." };
    private readonly Option<bool> _skipSpecial = new("--skip-special") { Description = "Leave special tokens out of decoded text." };
    private readonly Option<bool> _stream = new("--stream")
    {
        Description = "Decode ids one by one: {\"stream\": […]}, the new text of each or null where nothing can be shown yet.",
    };

    public TokenizeCommand(Terminal terminal)
        : base(
            "tokenize",
            "Read JSON lines, {\"text\": …} or {\"ids\": […]}, and answer each with {\"ids\": […], \"tokens\": […]} or {\"text\": …}.",
            terminal,
            "echo '{\"text\": \"Hello!\"}' | alora tokenize onnx-models/demo",
            "alora tokenize tokenizer.json.gz --special < texts.jsonl > ids.jsonl")
    {
        Add(_tokenizer);
        Add(_special);
        Add(_skipSpecial);
        Add(_stream);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        TokenLine line = new(HfTokenizer.Load(arguments.GetRequiredValue(_tokenizer)))
        {
            AddSpecial = arguments.GetValue(_special),
            SkipSpecial = arguments.GetValue(_skipSpecial),
            Stream = arguments.GetValue(_stream),
        };
        await JsonLineLoop.RunAsync(Terminal, line.Answer, ToolJson.Default.LineAnswer, cancellationToken);
        return ExitCode.Done;
    }
}
