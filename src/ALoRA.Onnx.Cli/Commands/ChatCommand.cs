using System.CommandLine;
using ALoRA.Onnx.Cli.Chat;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora chat</c>: a conversation at the terminal, with intrinsics on its cache.</summary>
internal sealed class ChatCommand : AloraCommand
{
    private const string UsualCertainty = "certainty";

    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Option<string?> _system = CommonOptions.System();
    private readonly Option<string?> _certainty = new("--certainty")
    {
        Description = "Show behind each answer how sure it is; with a name, by that adapter.",
        Arity = ArgumentArity.ZeroOrOne,
        HelpName = "adapter",
    };

    private readonly SamplingOptions _sampling;
    private readonly ExecutionOptions _execution;

    public ChatCommand(Terminal terminal)
        : base(
            "chat",
            "Chat with a model. /certainty says how sure the last answer is; /help lists the other commands. Lines "
            + "can be edited, the arrows "
            + "go back to earlier ones, what is pasted is one message, and Ctrl+C stops an answer.",
            terminal,
            "alora chat onnx-models/demo",
            "alora chat onnx-models/demo --certainty",
            "alora chat onnx-models/granite --system \"Answer briefly.\" --temperature 0.7")
    {
        Add(_model);
        Add(_system);
        Add(_certainty);
        _sampling = new SamplingOptions(this);
        _execution = new ExecutionOptions(this);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string folder = arguments.GetRequiredValue(_model);
        string? certainty = arguments.GetResult(_certainty) is { Implicit: false }
            ? AdapterNames.Find(folder, _certainty.Name, arguments.GetValue(_certainty) ?? UsualCertainty)
            : null;
        ChatKeyboard? keyboard = ChatKeyboard.Of(Terminal);
        await using AloraModel model = await OpenAsync(keyboard, folder, _execution.Read(arguments), cancellationToken);
        ChatSession session = new(Terminal, model, new ChatSettings(_sampling.Read(arguments), certainty), arguments.GetValue(_system));
        IChatInput input = keyboard is null ? new PlainInput(Terminal) : keyboard.Edit([.. ChatCommands.Names, .. model.Adapters.Names]);
        using ChatLoop loop = new(Terminal, input, session);
        await loop.RunAsync(cancellationToken);
        return ExitCode.Done;
    }

    // Whoever types the first question meanwhile finds it at the prompt.
    private async Task<AloraModel> OpenAsync(
        ChatKeyboard? keyboard, string folder, AloraModelOptions options, CancellationToken cancellationToken)
    {
        await using IAsyncDisposable? typed = keyboard?.Gather();
        return await ModelOpening.OpenAsync(Terminal, folder, options, cancellationToken);
    }
}
