using ALoRA.Onnx.Patterns;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.PreTokenization;

/// <summary>
/// Cuts where the script changes. The Japanese scripts count as Han, a space belongs
/// to any script, and so does what Unicode 9.0 did not have.
/// </summary>
internal sealed class UnicodeScriptsPreTokenizer : PreTokenizer
{
    private static readonly Lazy<TextPattern> Pattern = new(() => new ScriptPattern(UnicodeTables.Instance.Scripts));

    public override void Apply(PreTokenizedText text) => text.Split(Pattern.Value, SplitBehavior.Isolated);

    private sealed class ScriptPattern : TextPattern
    {
        private const string Any = "";
        private const int ProlongedSoundMark = 0x30FC;
        private readonly List<(int First, int Last, string Script)> _ranges;

        public ScriptPattern(Dictionary<string, CodePointSet> scripts)
        {
            _ranges = [.. (
                from script in scripts
                from range in script.Value.Intersect(FrozenCategories.Assigned).Ranges()
                orderby range.First
                select (range.First, range.Last, script.Key))];
        }

        public override void FindSpans(ReadOnlySpan<char> text, List<TextSpan> spans)
        {
            int start = 0;
            string? last = null;
            int units;
            for (int i = 0; i < text.Length; i += units)
            {
                int codePoint = CodePoints.At(text, i);
                units = CodePoints.Units(codePoint);
                string script = ScriptOf(codePoint);
                if (script == Any)
                {
                    continue;
                }

                // The reference drops what stands before the first code point that has a script.
                if (last is null)
                {
                    start = i;
                }
                else if (last != script)
                {
                    spans.Add(new TextSpan(start, i, IsMatch: false));
                    start = i;
                }

                last = script;
            }

            if (last is not null)
            {
                spans.Add(new TextSpan(start, text.Length, IsMatch: false));
            }
        }

        private string ScriptOf(int codePoint)
        {
            if (codePoint is ' ' or ProlongedSoundMark)
            {
                return codePoint == ' ' ? Any : "Han";
            }

            int low = 0;
            int high = _ranges.Count - 1;
            while (low <= high)
            {
                int middle = (low + high) / 2;
                (int first, int last, string script) = _ranges[middle];
                if (codePoint < first)
                {
                    high = middle - 1;
                }
                else if (codePoint > last)
                {
                    low = middle + 1;
                }
                else
                {
                    return script is "Hiragana" or "Katakana" ? "Han" : script;
                }
            }

            return Any;
        }
    }
}
