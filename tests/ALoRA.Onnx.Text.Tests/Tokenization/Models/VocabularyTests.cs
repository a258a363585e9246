using ALoRA.Onnx.Tokenization.Models;
using CsCheck;

namespace ALoRA.Onnx.Text.Tests.Tokenization.Models;

[TestClass]
public sealed class VocabularyTests
{
    [TestMethod]
    public void Lookup_AnyEntries_EqualsDictionaries() =>
        Gen.Select(Gen.String[Gen.Char["abcé中"], 0, 4], Gen.Int[0, 5000]).Array[0, 200].Sample(entries =>
        {
            Vocabulary vocabulary = new();
            Dictionary<string, int> ids = new(StringComparer.Ordinal);
            foreach ((string token, int id) in entries)
            {
                vocabulary.Add(token, id);
                ids[token] = id;
            }

            vocabulary.Freeze();
            return vocabulary.Count == ids.Count
                && vocabulary.MaxId == ids.Values.DefaultIfEmpty(-1).Max()
                && ids.All(entry => vocabulary.IdOf(entry.Key) == entry.Value)
                && vocabulary.IdOf("zzz") is null
                && ids.GroupBy(entry => entry.Value).All(group => group.Any(entry => entry.Key == vocabulary.TokenOf(group.Key)));
        });

    [TestMethod]
    public void TokenOf_HugeId_NeedsNoHugeArray()
    {
        Vocabulary vocabulary = new();
        vocabulary.Add("a", int.MaxValue - 1);
        vocabulary.Add("b", 1);
        vocabulary.Freeze();

        Assert.AreEqual("a", vocabulary.TokenOf(int.MaxValue - 1));
        Assert.AreEqual("b", vocabulary.TokenOf(1));
        Assert.IsNull(vocabulary.TokenOf(0));
        Assert.IsNull(vocabulary.TokenOf(-1));
    }
}
