using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Hub;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora pull</c>: a checkpoint or adapter of the hub comes onto this machine.</summary>
internal sealed class PullCommand : AloraCommand
{
    private readonly Argument<string> _repository = new("model") { Description = "Its name on the hub, ORGANISATION/MODEL." };
    private readonly Option<string?> _revision = RevisionOption();
    private readonly Option<string[]> _include = new("--include")
    {
        Description = "Only files whose path matches, with * and ?. May be given several times. Default: weights as safetensors, "
            + "configuration, tokenizer and chat templates.",
    };

    public PullCommand(Terminal terminal)
        : base(
            "pull",
            "Download a checkpoint or adapter from the Hugging Face Hub into its usual cache, and print the folder. A download that was "
            + "interrupted goes on where it ended; checksums are verified. HF_TOKEN is sent for private and gated "
            + "models, HF_ENDPOINT names "
            + "a mirror, HF_HOME or HF_HUB_CACHE the cache, and with HF_HUB_OFFLINE=1 only the cache is looked at.",
            terminal,
            "alora pull HuggingFaceTB/SmolLM2-135M-Instruct",
            "alora pull ibm-granite/granite-3.3-2b-instruct --revision main",
            "alora pull bartowski/SmolLM2-135M-Instruct-GGUF --include \"*Q4_K_M.gguf\"")
    {
        Add(_repository);
        Add(_revision);
        Add(_include);
    }

    /// <summary>The option <c>--revision</c>.</summary>
    public static Option<string?> RevisionOption() => new("--revision")
    {
        Description = "Branch, tag or commit of a model of the hub. Default: main.",
    };

    /// <summary>Brings a repository and says what was done.</summary>
    public static async Task<string> RunAsync(
        Terminal terminal, string repository, string? revision, IReadOnlyList<string> patterns, CancellationToken cancellationToken)
    {
        HubOptions options = HubOptions.OfEnvironment(terminal.Variable);
        HubSnapshot snapshot;
        try
        {
            snapshot = await ProgressDisplay.RunAsync(
                terminal, progress => new HubPull(options, progress).RunAsync(repository, revision, patterns, cancellationToken));
        }
        catch (OperationCanceledException)
        {
            throw new CommandFailedException(
                ExitCode.Cancelled, "cancelled. What was downloaded is kept: the same command goes on from there.");
        }

        terminal.WriteNote(
            options.IsOffline
                ? $"{repository} at {snapshot.Commit}, from the cache (HF_HUB_OFFLINE)"
                : $"{repository} at {snapshot.Commit}: {snapshot.Files} files, {ByteSize.Format(snapshot.Bytes)}, "
                    + $"{ByteSize.Format(snapshot.DownloadedBytes)} of them downloaded now");
        return snapshot.Folder;
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string repository = arguments.GetRequiredValue(_repository);
        if (!HubName.IsOne(repository))
        {
            throw new CommandFailedException(
                ExitCode.Usage,
                $"<model> must be a name on the hub, ORGANISATION/MODEL, such as ibm-granite/granite-3.3-2b-instruct, got '{repository}'.");
        }

        string folder = await RunAsync(
            Terminal, repository, arguments.GetValue(_revision), arguments.GetValue(_include) ?? [], cancellationToken);
        Terminal.Output.WriteLine(folder);
        return ExitCode.Done;
    }
}
