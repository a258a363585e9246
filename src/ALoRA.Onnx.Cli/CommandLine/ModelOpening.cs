namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Opens models, which takes seconds where they are large: a person sees that something goes on.</summary>
internal static class ModelOpening
{
    public static Task<AloraModel> OpenAsync(
        Terminal terminal, string folder, AloraModelOptions options, CancellationToken cancellationToken) => terminal.IsErrorInteractive
        ? ProgressDisplay.RunAsync(terminal, progress =>
        {
            progress.Report(new ProgressState($"Opening {folder}", 0, 0));
            return AloraModel.OpenAsync(folder, options, cancellationToken);
        })
        : AloraModel.OpenAsync(folder, options, cancellationToken);
}
