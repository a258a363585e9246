using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Inspect;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora tools parse</c>: a raw completion becomes text, reasoning and calls.</summary>
internal sealed class ToolsParseCommand : AloraCommand
{
    private readonly Option<string> _format = new("--format")
    {
        Description = "How the model writes calls: granite, llama3, hermes (Granite 4 and Qwen, too) or mistral.",
        Required = true,
    };

    private readonly Option<int?> _pieces = new("--pieces")
    {
        Description = "Characters that the reader gets at a time, which changes nothing of the result. Default: all at once.",
    };

    private readonly Option<string[]> _tools = new("--tool")
    {
        Description = "A function that there is; may be repeated. With llama3, JSON without a mark is a call only if it names one of them.",
    };

    private readonly Option<bool> _thinking = new("--thinking")
    {
        Description = "The prompt ended with the mark that opens the model's thinking, so that the completion begins within it.",
    };

    public ToolsParseCommand(Terminal terminal)
        : base(
            "parse",
            "Read a raw completion from standard input and print {\"text\": …, \"reasoning\": …, \"calls\": […]}, each call "
            + "{\"name\": …, \"arguments\": {…}}, or {\"error\": …, \"raw\": …} where it cannot be read.",
            terminal,
            "alora tools parse --format hermes < completion.txt",
            "alora tools parse --format llama3 --tool get_weather --pieces 1 < completion.txt")
    {
        _format.OneOf("granite", "llama3", "hermes", "mistral");
        Add(_format);
        Add(_pieces.AtLeast(1));
        Add(_tools);
        Add(_thinking);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        ToolCallFormat format = arguments.GetRequiredValue(_format) switch
        {
            "granite" => ToolCallFormat.Granite,
            "llama3" => ToolCallFormat.Llama,
            "hermes" => ToolCallFormat.Hermes,
            _ => ToolCallFormat.Mistral,
        };
        ReasoningMarks marks = format == ToolCallFormat.Mistral ? ReasoningMarks.MistralThink : ReasoningMarks.Think;
        ToolCallReader reader = new(format, new ToolCallReaderOptions
        {
            ToolNames = arguments.GetValue(_tools) is { Length: > 0 } tools ? tools.ToHashSet(StringComparer.Ordinal) : null,
            StartsIn = arguments.GetValue(_thinking) ? marks : null,
        });
        JsonInput.Print(Terminal, await ReadAsync(reader, arguments.GetValue(_pieces) ?? 1 << 16, cancellationToken));
        return ExitCode.Done;
    }

    private async Task<JsonObject> ReadAsync(ToolCallReader reader, int pieces, CancellationToken cancellationToken)
    {
        Answer answer = new();
        char[] piece = new char[Math.Min(pieces, 1 << 16)];
        int count;
        while ((count = await Terminal.InputText.ReadBlockAsync(piece, cancellationToken)) > 0)
        {
            answer.Add(reader.Push(piece.AsSpan(0, count)));
        }

        answer.Add(reader.Finish());
        return answer.ToJson();
    }

    private sealed class Answer
    {
        private readonly StringBuilder _text = new();
        private readonly StringBuilder _reasoning = new();
        private readonly JsonArray _calls = [];

        public void Add(IReadOnlyList<AnswerPart> parts)
        {
            foreach (AnswerPart part in parts)
            {
                switch (part)
                {
                    case TextPart text:
                        _text.Append(text.Text);
                        break;
                    case ReasoningPart reasoning:
                        _reasoning.Append(reasoning.Text);
                        break;
                    case ToolCallPart call:
                        _calls.Add((JsonNode)new JsonObject
                        {
                            ["name"] = call.Name,
                            ["arguments"] = JsonObject.Create(call.Arguments),
                        });
                        break;
                    case UnreadableCallPart call:
                        _calls.Add((JsonNode)new JsonObject { ["error"] = call.Error, ["raw"] = call.Raw });
                        break;
                }
            }
        }

        public JsonObject ToJson() => new()
        {
            ["text"] = _text.ToString(),
            ["reasoning"] = _reasoning.Length == 0 ? null : _reasoning.ToString(),
            ["calls"] = _calls,
        };
    }
}
