using ALoRA.Onnx.Benchmarks;
using Microsoft.ML.Tokenizers;

namespace ALoRA.Onnx.Extensions.AI.Tests.Tokenization;

/// <summary>Beside <see cref="BpeTokenizer"/>, on the vocabularies for which it gives the reference's ids of every golden text.</summary>
[TestClass]
public sealed class AloraTokenizerBpeTests
{
    [TestMethod]
    [DataRow("demo-small")]
    [DataRow("smollm2")]
    public void Encoding_OfGoldenTexts_IsBpeTokenizers(string name)
    {
        (AloraTokenizer own, Tokenizer bpe) = Load(name);
        foreach ((string text, int[] ids) in Vocabularies.CasesFrom(FolderOf(name)))
        {
            CollectionAssert.AreEqual(ids, bpe.EncodeToIds(text).ToArray(), text);
            CollectionAssert.AreEqual(ids, own.EncodeToIds(text).ToArray(), text);
            Assert.AreEqual(bpe.CountTokens(text), own.CountTokens(text), text);
            Assert.AreEqual(bpe.CountTokens(text.AsSpan()), own.CountTokens(text.AsSpan()), text);
            Assert.AreEqual(bpe.Decode(ids), own.Decode(ids), text);
            CollectionAssert.AreEqual(Texts(bpe, text), Texts(own, text), text);
        }
    }

    [TestMethod]
    [DataRow("demo-small")]
    [DataRow("smollm2")]
    public void Offsets_OfTextWithoutSplitCharacters_AreBpeTokenizers(string name)
    {
        (AloraTokenizer own, Tokenizer bpe) = Load(name);
        int compared = 0;
        foreach ((string text, int[] ids) in Vocabularies.CasesFrom(FolderOf(name)))
        {
            if (Enumerable.Range(1, ids.Length).All(count => IsBetweenCharacters(bpe, text, ids, count)))
            {
                CollectionAssert.AreEqual(Ranges(bpe, text), Ranges(own, text), text);
                compared++;
            }
        }

        Assert.IsGreaterThan(GoldenData.Floor(FolderOf(name), ofAll: 80, ofPart: 10), compared);
    }

    [TestMethod]
    [DataRow("demo-small")]
    [DataRow("smollm2")]
    public void Cuts_AtEveryCount_AreBpeTokenizers(string name)
    {
        (AloraTokenizer own, Tokenizer bpe) = Load(name);
        int compared = 0;

        // A vocabulary without all bytes loses characters; those texts cannot say where a character ends.
        foreach ((string text, int[] ids) in Vocabularies.CasesFrom(FolderOf(name)).Where(item => bpe.Decode(item.Ids) == item.Text))
        {
            for (int count = 1; count <= ids.Length + 1; count += ids.Length > 400 ? 173 : 1)
            {
                string what = $"{count} of {ids.Length} tokens of {text}";
                int expected = bpe.GetIndexByTokenCount(text, count, out _, out int expectedTaken);
                int index = own.GetIndexByTokenCount(text, count, out string? normalized, out int taken);
                Assert.IsNull(normalized, what);
                bool isExact = IsBetweenCharacters(bpe, text, ids, count);
                Assert.IsTrue(isExact ? index == expected : index <= expected, $"{what}: {index} beside {expected} from the start");
                compared += CheckTaken(isExact, count, expectedTaken, taken, what);

                expected = bpe.GetIndexByTokenCountFromEnd(text, count, out _, out expectedTaken);
                index = own.GetIndexByTokenCountFromEnd(text, count, out normalized, out taken);
                isExact = IsBetweenCharacters(bpe, text, ids, ids.Length - count);
                Assert.IsNull(normalized, what);
                Assert.IsTrue(isExact ? index == expected : index >= expected, $"{what}: {index} beside {expected} from the end");
                compared += CheckTaken(isExact, count, expectedTaken, taken, what);
            }
        }

        Assert.IsGreaterThan(GoldenData.Floor(FolderOf(name), ofAll: 2000, ofPart: 500), compared);
    }

    // BpeTokenizer counts with the others those tokens that hold the beginning of a character which does not fit.
    private static int CheckTaken(bool isExact, int count, int expected, int actual, string what)
    {
        if (isExact)
        {
            Assert.AreEqual(expected, actual, what);
            return 1;
        }

        Assert.IsLessThan(count, actual, what);
        return 0;
    }

    // Without a look at offsets: a text that is cut in a character does not read the same in two parts.
    private static bool IsBetweenCharacters(Tokenizer bpe, string text, int[] ids, int count) =>
        count <= 0 || count >= ids.Length || bpe.Decode(ids[..count]) + bpe.Decode(ids[count..]) == text;

    private static (AloraTokenizer Own, Tokenizer Bpe) Load(string name)
    {
        string folder = FolderOf(name);
        return (HfTokenizer.Load(folder).AsTokenizer(), MicrosoftTokenizers.Bpe(Vocabularies.ReadFrom(folder)));
    }

    private static string FolderOf(string name) => GoldenData.Path("text", "tokenizers", name);

    private static string[] Texts(Tokenizer tokenizer, string text) =>
        [.. tokenizer.EncodeToTokens(text, out _).Select(token => $"{token.Id} {token.Value}")];

    private static string[] Ranges(Tokenizer tokenizer, string text) =>
        [.. tokenizer.EncodeToTokens(text, out _).Select(token => $"{token.Value} {token.Offset}")];
}
