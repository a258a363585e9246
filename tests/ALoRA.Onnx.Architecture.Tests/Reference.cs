namespace ALoRA.Onnx.Architecture.Tests;

/// <summary>A file that uses something that is declared in another one.</summary>
/// <param name="From">Path of the file that uses it.</param>
/// <param name="To">Path of the file that declares it.</param>
/// <param name="Line">Line of the first use, from 1.</param>
/// <param name="Name">What is used there.</param>
internal sealed record Reference(string From, string To, int Line, string Name)
{
    /// <summary>The two files, as <c>KnownBackEdges.txt</c> lists them.</summary>
    public string Edge => $"{From} -> {To}";

    /// <summary>The same with paths that start with a folder.</summary>
    public Reference Below(string folder) => this with { From = $"{folder}/{From}", To = $"{folder}/{To}" };
}
