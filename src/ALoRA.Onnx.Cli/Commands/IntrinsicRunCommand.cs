using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Inspect;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora intrinsic run</c>: the whole walk, from a conversation to the result.</summary>
internal sealed class IntrinsicRunCommand : AloraCommand
{
    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Argument<string> _name = new("name") { Description = "The intrinsic: an adapter of the model." };
    private readonly Argument<string?> _file = new("file")
    {
        Description = "The conversation, a chat request as JSON ({\"messages\": […], \"extra_body\": {\"documents\": […]}}). "
            + "Default: what is piped in.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _arguments = new("--arguments")
    {
        Description = "A JSON file with values for the places of the instruction, {\"name\": value}.",
    };
    private readonly Option<bool> _json = new("--json") { Description = "Print the whole chat completion instead of the result alone." };

    private readonly ExecutionOptions _execution;

    public IntrinsicRunCommand(Terminal terminal)
        : base(
            "run",
            "Ask an intrinsic about a conversation: rewrite, render, invoke the adapter, and print the result as JSON.",
            terminal,
            "alora intrinsic run onnx-models/granite answerability conversation.json",
            "alora intrinsic run onnx-models/demo query_rewrite < conversation.json")
    {
        Add(_model);
        Add(_name);
        Add(_file);
        Add(_arguments);
        _execution = new ExecutionOptions(this);
        Add(_json);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string folder = arguments.GetRequiredValue(_model);
        string name = AdapterNames.Find(folder, "<name>", arguments.GetRequiredValue(_name));
        JsonObject request = arguments.GetValue(_file) is { } file
            ? await JsonInput.ReadFileAsync(file, cancellationToken)
            : await JsonInput.ReadAsync(Terminal.Input, "The chat request", cancellationToken);
        JsonObject? values = arguments.GetValue(_arguments) is { } path ? await JsonInput.ReadFileAsync(path, cancellationToken) : null;
        await using AloraModel model = await ModelOpening.OpenAsync(Terminal, folder, _execution.Read(arguments), cancellationToken);
        Intrinsic intrinsic = model.OpenIntrinsic(name);
        using Conversation conversation = model.CreateConversation();
        IntrinsicAnswer answer = await conversation.InvokeAsync(intrinsic, request, values, cancellationToken);
        if (arguments.GetValue(_json))
        {
            JsonInput.Print(Terminal, answer.Response);
        }
        else
        {
            await Terminal.Output.WriteLineAsync((answer.Value?.ToJsonString() ?? "null").AsMemory(), cancellationToken);
        }

        if (Terminal.ShowsStatistics)
        {
            TokenUsage usage = answer.Run.Usage;
            Terminal.WriteNote(string.Create(
                CultureInfo.InvariantCulture,
                $"{intrinsic.Name}: {usage.ComputedTokens} tokens computed, {usage.GeneratedTokens} generated, first one after "
                + $"{usage.TimeToFirstToken.TotalMilliseconds:0} ms"));
        }

        return ExitCode.Done;
    }
}
