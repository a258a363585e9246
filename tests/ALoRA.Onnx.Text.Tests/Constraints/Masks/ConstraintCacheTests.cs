using ALoRA.Onnx.Constraints;
using ALoRA.Onnx.Constraints.Masks;

namespace ALoRA.Onnx.Text.Tests.Constraints.Masks;

[TestClass]
public sealed class ConstraintCacheTests
{
    private const string Score = """{"properties": {"score": {"enum": ["1", "7"]}, "why": {"type": "string"}}, "required": ["score"]}""";

    [TestMethod]
    public void JsonConstraint_EqualText_GivesTheSameConstraint()
    {
        ConstraintCache cache = new(ByteVocabulary.Tokenizer, ByteVocabulary.Size);

        TokenConstraint first = cache.JsonConstraint(Score);

        Assert.AreSame(first, cache.JsonConstraint(Score));
        Assert.AreNotSame(first, cache.JsonConstraint(Score + " "));
        Assert.AreSame(cache.Get(first), cache.Get(TokenConstraint.FromJsonSchema(Score)));
    }

    [TestMethod]
    public void JsonConstraint_SchemaThatCannotBeEnforced_IsRefusedEachTime()
    {
        ConstraintCache cache = new(ByteVocabulary.Tokenizer, ByteVocabulary.Size);

        Assert.ThrowsExactly<JsonSchemaException>(() => cache.JsonConstraint("{\"uniqueItems\": true}"));
        Assert.ThrowsExactly<JsonSchemaException>(() => cache.JsonConstraint("{\"uniqueItems\": true}"));
    }

    [TestMethod]
    public void JsonConstraint_Cancelled_IsCompiledForTheNextOne()
    {
        ConstraintCache cache = new(ByteVocabulary.Tokenizer, ByteVocabulary.Size);
        using CancellationTokenSource source = new();
        source.Cancel();

        Assert.ThrowsExactly<OperationCanceledException>(() => cache.JsonConstraint(Score, source.Token));

        Assert.IsNotNull(cache.JsonConstraint(Score));
        Assert.ThrowsExactly<OperationCanceledException>(() => cache.JsonConstraint(Score, source.Token));
    }

    [TestMethod]
    public void Get_EqualInput_GivesTheSameConstraint()
    {
        ConstraintCache cache = new(ByteVocabulary.Tokenizer, ByteVocabulary.Size);
        CompiledConstraint first = cache.Get(TokenConstraint.FromJsonSchema(Score));
        Assert.AreSame(first, cache.Get(TokenConstraint.FromJsonSchema(Score)));
        Assert.AreNotSame(
            first, cache.Get(TokenConstraint.FromJsonSchema(Score, new JsonConstraintOptions { Spacing = JsonSpacing.Compact })));
        for (int i = 0; i < 64; i++)
        {
            cache.Get(TokenConstraint.FromChoices([$"{i}"]));
        }

        Assert.AreNotSame(first, cache.Get(TokenConstraint.FromJsonSchema(Score)));
    }

    [TestMethod]
    public void Get_FromManyThreads_GivesMachinesOfTheirOwn()
    {
        ConstraintCache cache = new(ByteVocabulary.Tokenizer, ByteVocabulary.Size);
        Parallel.For(0, 200, i =>
        {
            CompiledConstraint constraint = cache.Get(TokenConstraint.FromChoices(["ab~", "ac~"]));
            ConstraintMachine machine = constraint.Rent();
            foreach (byte value in i % 2 == 0 ? "ab~"u8 : "ac~"u8)
            {
                Assert.IsTrue(machine.Mask.Contains(value));
                Assert.IsTrue(machine.Advance(value));
            }

            Assert.IsTrue(machine.IsComplete);
            constraint.Return(machine);
        });
    }
}
