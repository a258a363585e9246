using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Names of what computes, as the command line takes them.</summary>
internal static class ProviderNames
{
    private const string Gpu = "gpu";

    private static readonly string[] Short = ["auto", "cpu", "cuda"];

    /// <summary>The provider of a name, in any case.</summary>
    /// <param name="flag">The option that gave it, for messages.</param>
    /// <param name="name">One of the short names, or a provider of ONNX Runtime.</param>
    /// <param name="library">Library of a provider that ONNX Runtime does not have by itself; null for none.</param>
    /// <exception cref="CommandFailedException">ONNX Runtime has no such provider, and no library was named.</exception>
    public static ExecutionProvider Read(string flag, string name, string? library)
    {
        if (Short.Contains(name, StringComparer.OrdinalIgnoreCase) || (library is not null && !string.IsNullOrWhiteSpace(name)))
        {
            return ExecutionProvider.Named(name) with { LibraryPath = library };
        }

        string[] there = OrtEnv.Instance().GetAvailableProviders();
        if (there.FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } exact)
        {
            return ExecutionProvider.Named(exact);
        }

        throw new CommandFailedException(
            ExitCode.Usage,
            $"{flag} must be one of {string.Join(", ", Short.Concat(there))}; got '{name}'.{Question(name, there)} "
            + "For a provider that comes as a library of its own, name that too: --provider-library PATH.");
    }

    // Whoever asks for a GPU does not mean the word that is nearest.
    private static string Question(string name, string[] there) =>
        NearMiss.Question(name.Equals(Gpu, StringComparison.OrdinalIgnoreCase) ? "cuda" : name, Short.Concat(there));
}
