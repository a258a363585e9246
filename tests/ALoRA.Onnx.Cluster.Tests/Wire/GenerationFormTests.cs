using System.Reflection;
using ALoRA.Onnx.Cluster.Wire;

namespace ALoRA.Onnx.Cluster.Tests.Wire;

[TestClass]
public sealed class GenerationFormTests
{
    private static readonly string[] Code = [nameof(GenerationOptions.LogitsProcessors), nameof(GenerationOptions.Sampler)];

    /// <summary>An option that is added and forgotten here would be the default on other servers.</summary>
    [TestMethod]
    public void Members_AreThoseOfTheOptions()
    {
        string[] options = [.. typeof(GenerationOptions).GetProperties().Select(property => property.Name).Except(Code).Order()];
        string[] form =
        [
            .. typeof(GenerationForm).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name).Order(),
        ];
        CollectionAssert.AreEqual(options, form);
    }

    [TestMethod]
    public void Read_OfWhatWasWritten_IsTheSame()
    {
        GenerationOptions options = new()
        {
            MaxNewTokens = 7,
            Temperature = 0.7f,
            TopK = 5,
            TopP = 0.9f,
            MinP = 0.05f,
            RepetitionPenalty = 1.1f,
            PresencePenalty = 0.5f,
            FrequencyPenalty = -0.5f,
            LogitBias = new Dictionary<int, float> { [3] = float.NegativeInfinity },
            NoRepeatNgramSize = 4,
            Seed = -5,
            StopTokens = [9],
            StopStrings = ["\n"],
            VisibleSpecialTokens = [2],
            IgnoreEndOfText = true,
            ForcedSpans = false,
            TopLogprobs = 2,
        };
        GenerationForm form = GenerationForm.Of(options);
        GenerationForm again = GenerationForm.Of(form.Read());
        foreach (PropertyInfo property in typeof(GenerationForm).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            object? was = property.GetValue(form);
            object? now = property.GetValue(again);
            if (was is System.Collections.ICollection list)
            {
                CollectionAssert.AreEqual(list, (System.Collections.ICollection)now!, property.Name);
            }
            else
            {
                Assert.AreEqual(was, now, property.Name);
            }
        }
    }

    [TestMethod]
    public void Read_Constraints_AllowTheSameTexts()
    {
        TokenConstraint choices = TokenConstraint.FromChoices(["a \"b\" é", "c\n"]);
        TokenConstraint readChoices = Again(choices);
        Assert.IsTrue(readChoices.Accepts("a \"b\" é"u8));
        Assert.IsTrue(readChoices.Accepts("c\n"u8));
        Assert.IsFalse(readChoices.Accepts("c"u8));

        TokenConstraint schema = TokenConstraint.FromJsonSchema(
            """{"type": "object", "properties": {"a b": {"type": "integer"}}, "required": ["a b"]}""",
            new SchemaOptions { OpenObjects = true });
        TokenConstraint readSchema = Again(schema);
        Assert.IsTrue(readSchema.Accepts("""{"a b": 1}"""u8));
        Assert.IsTrue(readSchema.Accepts("""{"a b": 1, "c": 2}"""u8));
        Assert.IsFalse(readSchema.Accepts("{}"u8));

        static TokenConstraint Again(TokenConstraint constraint) =>
            GenerationForm.Of(new GenerationOptions { Constraint = constraint }).Read().Constraint!;
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("choices")]
    [DataRow("schema Spaced")]
    [DataRow("schema Spaced False Ignore {")]
    [DataRow("schema 9 False Ignore {}")]
    [DataRow("grammar x")]
    public void Read_TextThatIsNoConstraint_SaysSo(string text) =>
        Assert.ThrowsExactly<FormatException>(() => new GenerationForm { Constraint = text }.Read());
}
