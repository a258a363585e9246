using System.CommandLine;
using ALoRA.Onnx.Cli.Chat;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora chat</c>: a conversation at the terminal, with intrinsics on its cache.</summary>
internal sealed class ChatCommand : AloraCommand
{
    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Option<string?> _system = CommonOptions.System();
    private readonly SamplingOptions _sampling;
    private readonly ExecutionOptions _execution;

    public ChatCommand(Terminal terminal)
        : base(
            "chat",
            "Chat with a model. /certainty says how sure the last answer is; /help lists the other commands.",
            terminal,
            "alora chat onnx-models/demo",
            "alora chat onnx-models/granite --system \"Answer briefly.\" --temperature 0.7")
    {
        Add(_model);
        Add(_system);
        _sampling = new SamplingOptions(this);
        _execution = new ExecutionOptions(this);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using AloraModel model =
            await AloraModel.OpenAsync(arguments.GetRequiredValue(_model), _execution.Read(arguments), cancellationToken);
        using ChatLoop loop = new(Terminal, model, _sampling.Read(arguments), arguments.GetValue(_system));
        await loop.RunAsync(cancellationToken);
        return ExitCode.Done;
    }
}
