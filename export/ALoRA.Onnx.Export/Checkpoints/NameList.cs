namespace ALoRA.Onnx.Export.Checkpoints;

/// <summary>Lists names in an error message without flooding it.</summary>
internal static class NameList
{
    private const int Shown = 20;

    public static string Format(IReadOnlyCollection<string> names)
    {
        string list = string.Join(", ", names.Take(Shown).Select(name => $"'{name}'"));
        return names.Count <= Shown ? list : $"{list} and {names.Count - Shown} more";
    }
}
