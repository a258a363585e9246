using ALoRA.Onnx.Tokenization.AddedTokens;
using CsCheck;

namespace ALoRA.Onnx.Text.Tests.Tokenization.AddedTokens;

[TestClass]
public sealed class TokenAutomatonTests
{
    [TestMethod]
    public void TryFind_AnyTokensAndText_IsLeftmostLongest() =>
        Gen.Select(Gen.String[Gen.Char["abc"], 1, 5].Array[0, 8], Gen.String[Gen.Char["abcd"], 0, 30]).Sample((tokens, text) =>
        {
            tokens = [.. tokens.Distinct()];
            TokenAutomaton automaton = new(tokens.Select((token, id) => (token, id)));
            int position = 0;
            while (true)
            {
                (int Id, int Start, int End) expected = FindNaively(tokens, text, position);
                bool found = automaton.TryFind(text, position, out int id, out int start, out int end);
                if ((found ? (id, start, end) : (-1, -1, -1)) != expected)
                {
                    return false;
                }

                if (!found)
                {
                    return true;
                }

                position = end;
            }
        });

    private static (int Id, int Start, int End) FindNaively(string[] tokens, string text, int from)
    {
        for (int start = from; start < text.Length; start++)
        {
            string? longest = tokens.Where(token => text.AsSpan(start).StartsWith(token, StringComparison.Ordinal))
                .MaxBy(token => token.Length);
            if (longest is not null)
            {
                return (Array.IndexOf(tokens, longest), start, start + longest.Length);
            }
        }

        return (-1, -1, -1);
    }
}
