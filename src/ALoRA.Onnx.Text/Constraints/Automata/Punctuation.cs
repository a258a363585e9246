namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>Adds the marks of JSON's containers, with the white space that is wanted.</summary>
internal sealed class Punctuation(ProgramBuilder builder, JsonSpacing spacing)
{
    public ProgramBuilder Builder => builder;

    public int Separator(char mark, int next)
    {
        int behind = spacing switch
        {
            JsonSpacing.Compact => next,
            JsonSpacing.Spaced => Byte(' ', next),
            _ => builder.Split(next, Byte(' ', next)),
        };
        return Byte(mark, behind);
    }

    public int Byte(char value, int next) => builder.Bytes((byte)value, (byte)value, next);
}
