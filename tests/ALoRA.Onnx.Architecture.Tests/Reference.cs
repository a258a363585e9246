namespace ALoRA.Onnx.Architecture.Tests;

/// <summary>A file that uses something that is declared in another one.</summary>
/// <param name="From">Path of the file that uses it.</param>
/// <param name="To">Path of the file that declares it.</param>
/// <param name="Line">Line of the first use, from 1.</param>
/// <param name="Name">What is used there.</param>
internal sealed record Reference(string From, string To, int Line, string Name)
{
    /// <summary>The two files.</summary>
    public string Edge => $"{From} -> {To}";

    /// <inheritdoc/>
    public override string ToString() => $"{Edge} (line {Line}: {Name})";
}
