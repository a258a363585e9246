using CsCheck;

namespace ALoRA.Onnx.Text.Tests.Tokenization.Models;

[TestClass]
public sealed class WordPieceModelTests
{
    private static readonly string[] Tokens = ["[UNK]", "a", "ab", "abab", "##a", "##b", "##ba", "##", "ba", "##abb"];

    [TestMethod]
    public void Encode_AnyWord_EqualsNaiveLongestMatch()
    {
        HfTokenizer tokenizer = Create(maxCharacters: 12);
        Gen.Char["abc"].Array[1, 14].Sample(letters =>
        {
            string word = new(letters);
            return tokenizer.Encode(word).SequenceEqual(EncodeNaively(word, 12));
        });
    }

    [TestMethod]
    public void Encode_WordLongerThanTheLimit_IsUnknown() => CollectionAssert.AreEqual(new[] { 0 }, Create(maxCharacters: 2).Encode("aba"));

    private static HfTokenizer Create(int maxCharacters)
    {
        string vocabulary = string.Join(", ", Tokens.Select((token, id) => $"\"{token}\": {id}"));
        return TinyTokenizer.Create(
            model: $$"""
                { "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": {{maxCharacters}}, "vocab": { {{vocabulary}} } }
                """,
            preTokenizer: "null",
            decoder: "null");
    }

    private static List<int> EncodeNaively(string word, int maxCharacters)
    {
        List<int> ids = [];
        int start = 0;
        while (start < word.Length)
        {
            int end = word.Length;
            int id = -1;
            while (end > start && (id = Array.IndexOf(Tokens, (start > 0 ? "##" : "") + word[start..end])) < 0)
            {
                end--;
            }

            if (id < 0)
            {
                return [0];
            }

            ids.Add(id);
            start = end;
        }

        return word.Length > maxCharacters ? [0] : ids;
    }
}
