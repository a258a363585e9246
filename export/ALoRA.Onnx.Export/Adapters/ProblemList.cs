namespace ALoRA.Onnx.Export.Adapters;

/// <summary>Reports all problems of one stage in one exception.</summary>
internal static class ProblemList
{
    private const int Shown = 12;

    /// <param name="where">File and what was expected of it, without a full stop.</param>
    /// <param name="problems">Whole sentences.</param>
    public static void ThrowIfAny(string where, IReadOnlyList<string> problems)
    {
        switch (problems.Count)
        {
            case 0:
                return;
            case 1:
                throw new CheckpointFormatException($"{where}: {problems[0]}");
            default:
                string rest = problems.Count > Shown ? $"{Environment.NewLine}  - and {problems.Count - Shown} more." : "";
                string list = string.Concat(problems.Take(Shown).Select(problem => $"{Environment.NewLine}  - {problem}"));
                throw new CheckpointFormatException($"{where} ({problems.Count} problems):{list}{rest}");
        }
    }
}
