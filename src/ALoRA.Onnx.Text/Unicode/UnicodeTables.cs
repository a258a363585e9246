using System.Globalization;

namespace ALoRA.Onnx.Unicode;

/// <summary>The Unicode data of the embedded <c>UnicodeTables.txt</c>. Read once, immutable afterwards, thread-safe.</summary>
internal sealed class UnicodeTables
{
    private const string ResourceName = "ALoRA.Onnx.Unicode.UnicodeTables.txt";
    private static readonly Lazy<UnicodeTables> Shared = new(Read);

    public static UnicodeTables Instance => Shared.Value;

    public Dictionary<int, byte> CombiningClasses { get; } = [];

    public Dictionary<int, int[]> CanonicalDecompositions { get; } = [];

    public Dictionary<int, int[]> CompatibilityDecompositions { get; } = [];

    public Dictionary<(int First, int Second), int> Compositions { get; } = [];

    public Dictionary<int, int> SimpleFolds { get; } = [];

    public Dictionary<int, int[]> FullFolds { get; } = [];

    public Dictionary<string, CodePointSet> Properties { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, CodePointSet> Scripts { get; } = new(StringComparer.Ordinal);

    private static UnicodeTables Read()
    {
        using Stream stream = typeof(UnicodeTables).Assembly.GetManifestResourceStream(ResourceName)
            ?? throw new InvalidOperationException($"The embedded resource {ResourceName} is missing from the assembly.");
        using StreamReader reader = new(stream);
        UnicodeTables tables = new();
        while (reader.ReadLine() is string line)
        {
            if (!line.StartsWith('#'))
            {
                tables.Add(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return tables;
    }

    private void Add(string[] fields)
    {
        switch (fields[0])
        {
            case "class":
                byte combiningClass = byte.Parse(fields[1], CultureInfo.InvariantCulture);
                foreach ((int first, int last) in RangesOf(fields))
                {
                    for (int codePoint = first; codePoint <= last; codePoint++)
                    {
                        CombiningClasses[codePoint] = combiningClass;
                    }
                }

                break;
            case "canonical":
                CanonicalDecompositions[Hex(fields[1])] = [.. fields.Skip(2).Select(Hex)];
                break;
            case "compatibility":
                CompatibilityDecompositions[Hex(fields[1])] = [.. fields.Skip(2).Select(Hex)];
                break;
            case "compose":
                Compositions[(Hex(fields[1]), Hex(fields[2]))] = Hex(fields[3]);
                break;
            case "fold":
                SimpleFolds[Hex(fields[1])] = Hex(fields[2]);
                break;
            case "fullfold":
                FullFolds[Hex(fields[1])] = [.. fields.Skip(2).Select(Hex)];
                break;
            case "property":
                Properties[fields[1]] = CodePointSet.Union(RangesOf(fields));
                break;
            case "script":
                Scripts[fields[1]] = CodePointSet.Union(RangesOf(fields));
                break;
            default:
                throw new InvalidOperationException($"{ResourceName} has a line of the unknown kind '{fields[0]}'.");
        }
    }

    private static IEnumerable<(int First, int Last)> RangesOf(string[] fields)
    {
        foreach (string field in fields.Skip(2))
        {
            int dash = field.IndexOf('-', StringComparison.Ordinal);
            yield return dash < 0 ? (Hex(field), Hex(field)) : (Hex(field[..dash]), Hex(field[(dash + 1)..]));
        }
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
