namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>Makes programs of lists of texts.</summary>
internal static class ChoiceCompiler
{
    /// <exception cref="ProgramLimitException">All texts together are too long.</exception>
    public static ByteProgram Compile(IEnumerable<byte[]> texts)
    {
        ProgramBuilder builder = new();
        return builder.Build(TextTrie.Add(builder, texts, builder.Return));
    }
}
