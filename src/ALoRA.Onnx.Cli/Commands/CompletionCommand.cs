using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora completion</c>: shells complete commands, options, values and names of adapters.</summary>
internal sealed class CompletionCommand : Command
{
    public CompletionCommand(Terminal terminal)
        : base("completion", "Have your shell complete commands, options, values and names of adapters with Tab.")
    {
        Add(new CompletionInstallCommand(terminal));
        Add(new CompletionRemoveCommand(terminal));
        Add(new CompletionShowCommand(terminal));
    }
}

/// <summary>A command about the completion for one shell.</summary>
internal abstract class CompletionShellCommand : AloraCommand
{
    private readonly Argument<string?> _shell = new("shell")
    {
        Description = $"One of {string.Join(", ", ShellCompletion.Shells)}. Default: the shell of this user. pwsh is PowerShell, too.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    protected CompletionShellCommand(string name, string description, Terminal terminal, params IReadOnlyList<string> examples)
        : base(name, description, terminal, examples)
    {
        _shell.CompletionSources.Add(ShellCompletion.Shells);
        _shell.Validators.Add(result =>
        {
            string word = result.Tokens.Count > 0 ? result.Tokens[0].Value : ShellCompletion.Shells[0];
            if (ShellCompletion.Find(word) is null)
            {
                result.AddError($"<shell> must be one of {string.Join(", ", ShellCompletion.Shells)}; got '{word}'."
                    + NearMiss.Question(word, ShellCompletion.Shells.Append("pwsh")));
            }
        });
        Add(_shell);
    }

    protected sealed override Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        Apply(ShellCompletion.Of(arguments.GetValue(_shell) is { } name ? ShellCompletion.Find(name) : null, Terminal.Variable));
        return Task.FromResult(ExitCode.Done);
    }

    protected abstract void Apply(ShellCompletion completion);
}

/// <summary><c>alora completion install</c>.</summary>
internal sealed class CompletionInstallCommand(Terminal terminal) : CompletionShellCommand(
    "install",
    "Install the completion for this user. Start a new shell afterwards.",
    terminal,
    "alora completion install",
    "alora completion install zsh")
{
    protected override void Apply(ShellCompletion completion)
    {
        Terminal.WriteText($"Written: {string.Join(" and ", completion.Install())}. Start a new shell to use it.");
    }
}

/// <summary><c>alora completion remove</c>.</summary>
internal sealed class CompletionRemoveCommand(Terminal terminal) : CompletionShellCommand(
    "remove", "Take away what `alora completion install` wrote.", terminal, "alora completion remove bash")
{
    protected override void Apply(ShellCompletion completion)
    {
        IReadOnlyList<string> changed = completion.Remove();
        Terminal.WriteText(changed.Count == 0 ? "Nothing was installed." : $"Taken away: {string.Join(" and ", changed)}.");
    }
}

/// <summary><c>alora completion show</c>.</summary>
internal sealed class CompletionShowCommand(Terminal terminal) : CompletionShellCommand(
    "show", "Print the completion's script, to be installed by hand.", terminal, "alora completion show bash > ~/.alora-completion")
{
    protected override void Apply(ShellCompletion completion) => Terminal.Output.Write(completion.Script);
}
