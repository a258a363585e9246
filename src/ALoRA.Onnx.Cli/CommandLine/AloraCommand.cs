using System.CommandLine;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>A command of the tool: its options, its examples, and what it does.</summary>
internal abstract class AloraCommand : Command
{
    protected AloraCommand(string name, string description, Terminal terminal, params IReadOnlyList<string> examples)
        : base(name, description)
    {
        Terminal = terminal;
        Examples = examples;
        SetAction(ExecuteAsync);
    }

    /// <summary>Command lines for the end of the help text.</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>The streams to read from and write to.</summary>
    protected Terminal Terminal { get; }

    /// <summary>Does the work and returns one of <see cref="ExitCode"/>; failures are thrown.</summary>
    protected abstract Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken);
}
