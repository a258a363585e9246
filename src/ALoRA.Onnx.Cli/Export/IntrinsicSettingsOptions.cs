using System.CommandLine;
using System.Text.Json;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Export;

/// <summary>The options that say how an adapter without <c>io.yaml</c> is invoked and what it answers.</summary>
internal sealed class IntrinsicSettingsOptions
{
    private const string InPrompt = "in-prompt";

    private readonly Option<string?> _invocation = new("--invocation")
    {
        Description = "The invocation as text. It must give the aLoRA's ids with the base's tokenizer; a plain LoRA has it appended.",
    };

    private readonly Option<string?> _placement = new("--placement")
    {
        Description = "appended (the default), or in-prompt where the rendered prompt has the invocation already, such "
            + "as the assistant's header.",
    };

    private readonly Option<string[]> _choices = new("--choice")
    {
        Description = "A possible answer. Give it once for each; without choices and schema the answer is free text.",
    };

    private readonly Option<string?> _schema = new("--schema") { Description = "A file with the JSON schema of the answer." };
    private readonly Option<int?> _maxNewTokens = new("--max-new-tokens") { Description = "Most tokens of the answer." };

    public IntrinsicSettingsOptions(Command command)
    {
        _placement.OneOf("appended", InPrompt);
        command.Add(_invocation);
        command.Add(_placement);
        command.Add(_choices);
        command.Add(_schema);
        command.Add(_maxNewTokens.AtLeast(1));
        command.Validators.Add(result =>
        {
            if (result.GetValue(_choices) is { Length: > 0 } && result.GetValue(_schema) is not null)
            {
                result.AddError("--choice and --schema exclude each other.");
            }

        });
    }

    /// <summary>What was given; null if nothing was.</summary>
    /// <exception cref="FormatException">The schema is no JSON.</exception>
    public IntrinsicSettings? Read(ParseResult arguments)
    {
        IntrinsicSettings settings = new()
        {
            InvocationText = arguments.GetValue(_invocation),
            InvocationInPrompt = arguments.GetValue(_placement) == InPrompt,
            Choices = arguments.GetValue(_choices) ?? [],
            JsonSchema = arguments.GetValue(_schema) is { } path ? ReadSchema(path) : null,
            MaxNewTokens = arguments.GetValue(_maxNewTokens),
        };
        bool isGiven = settings.InvocationText is not null || arguments.GetValue(_placement) is not null || settings.Choices.Count > 0
            || settings.JsonSchema is not null || settings.MaxNewTokens is not null;
        return isGiven ? settings : null;
    }

    private static string ReadSchema(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
            return document.RootElement.GetRawText();
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{path} is not JSON: {exception.Message}", exception);
        }
    }
}
