using System.Text;
using ALoRA.Onnx.Constraints;
using ALoRA.Onnx.Constraints.Masks;

namespace ALoRA.Onnx.Text.Tests.Constraints.Masks;

/// <summary>Text without a choice and its tokens.</summary>
[TestClass]
public sealed class ForcedSpanTests
{
    private const string Score = """{"properties": {"score": {"enum": ["1", "7"]}, "why": {"type": "string"}}, "required": ["score"]}""";

    [TestMethod]
    public void Forced_WhereOneTokenIsPossibleAtATime_IsTheOnlyWay()
    {
        // No token of the vocabulary covers two of these characters.
        ConstraintMachine machine = Machine(TokenConstraint.FromChoices(["~^~^!", "~^~^?"]));
        int[] forced = machine.Forced(-1).ToArray();
        CollectionAssert.AreEqual("~^~^"u8.ToArray().Select(value => (int)value).ToArray(), forced);
        foreach (int id in forced)
        {
            Assert.AreEqual((1, id), (machine.Mask.Count, machine.Mask.First));
            Assert.IsTrue(machine.Advance(id));
        }

        Assert.AreEqual(2, machine.Mask.Count);
        Assert.IsTrue(machine.Forced(forced[^1]).IsEmpty);
    }

    [TestMethod]
    public void Forced_BeforeATokenThatReachesBeyond_Stops()
    {
        // "7" can come as one token with the quote before it.
        JsonConstraintOptions compact = new() { Spacing = JsonSpacing.Compact };
        Assert.AreEqual(
            "{\"a\":",
            Text(Machine(TokenConstraint.FromJsonSchema("""{"properties": {"a": {"enum": ["7", "8"]}}, "required": ["a"]}""", compact))
                .Forced(-1)));
        Assert.AreEqual(
            "{\"a\":\"",
            Text(Machine(TokenConstraint.FromJsonSchema("""{"properties": {"a": {"enum": ["4", "8"]}}, "required": ["a"]}""", compact))
                .Forced(-1)));
    }

    [TestMethod]
    public void Forced_TextThatMayEnd_IsAChoice()
    {
        ConstraintMachine machine = Machine(TokenConstraint.FromChoices(["~", "~^"]));
        CollectionAssert.AreEqual(new[] { (int)'~' }, machine.Forced(-1).ToArray());
        machine.Advance('~');
        Assert.IsTrue(machine.Forced('~').IsEmpty);
    }

    [TestMethod]
    [DataRow("llama3_1")]
    [DataRow("smollm2")]
    [DataRow("llama2")]
    [DataRow("gemma3")]
    public void Forced_RealTokenizers_AreTheirOwnTokens(string name)
    {
        HfTokenizer tokenizer = HfTokenizer.Load(GoldenData.Path("text", "tokenizers", name));
        ConstraintVocabulary vocabulary = new(tokenizer, tokenizer.VocabularySize);
        AssertBytesJoin(tokenizer, vocabulary, dropsFirstSpace: name == "llama2");
        ConstraintMachine machine = new(TokenConstraint.FromJsonSchema(Score).Program, vocabulary);
        int[] whole = tokenizer.Encode("\n{\"score\": \"7\"}");
        int[] forced = machine.Forced(-1).ToArray();
        Assert.IsGreaterThan(1, forced.Length);
        string text = Text(forced, machine.Vocabulary);
        Assert.StartsWith(text, "{\"score\": \"");

        // The tokens of the whole text have the same ones at the same place.
        string ids = $" {string.Join(' ', whole)} ";
        Assert.Contains($" {string.Join(' ', forced)} ", ids);
        foreach (int id in forced)
        {
            Assert.IsTrue(machine.Mask.Contains(id));
            Assert.IsTrue(machine.Advance(id));
        }
    }

    [TestMethod]
    public void ConstraintVocabulary_DecoderThatChangesTokens_IsRefused()
    {
        HfTokenizer tokenizer = HfTokenizer.Load(GoldenData.Path("text", "tokenizers", "tiny-wordpiece"));
        Assert.ThrowsExactly<NotSupportedException>(() => new ConstraintVocabulary(tokenizer, tokenizer.VocabularySize));
    }

    private static void AssertBytesJoin(HfTokenizer tokenizer, ConstraintVocabulary vocabulary, bool dropsFirstSpace)
    {
        Assert.AreEqual(dropsFirstSpace, vocabulary.DropsFirstSpace);
        int[] ids = tokenizer.Encode("{\"a\": \"é 日本 😀\\n\u0007\", \"b\": [1, 2.5]}");
        string joined = Text(ids, vocabulary);
        Assert.AreEqual(tokenizer.Decode(ids), dropsFirstSpace ? joined[1..] : joined);
        if (dropsFirstSpace)
        {
            Assert.ThrowsExactly<ArgumentException>(
                () => new ConstraintCache(tokenizer, tokenizer.VocabularySize).Get(TokenConstraint.FromChoices([" yes", "no"])));
        }
    }

    private static ConstraintMachine Machine(TokenConstraint constraint) => new(constraint.Program, ByteVocabulary.Instance);

    private static string Text(ReadOnlySpan<int> ids) => Text(ids.ToArray(), ByteVocabulary.Instance);

    private static string Text(int[] ids, ConstraintVocabulary vocabulary) =>
        Encoding.UTF8.GetString([.. ids.SelectMany(id => vocabulary.BytesOf(id).ToArray())]);
}
