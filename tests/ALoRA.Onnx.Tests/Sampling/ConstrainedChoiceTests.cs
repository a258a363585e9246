using ALoRA.Onnx.Constraints.Masks;
using ALoRA.Onnx.Sampling;
using ALoRA.Onnx.Text.Tests.Constraints;

namespace ALoRA.Onnx.Tests.Sampling;

[TestClass]
public sealed class ConstrainedChoiceTests
{
    private static readonly float[] Logits = [.. Enumerable.Range(0, ByteVocabulary.Size).Select(id => MathF.Sin(id))];

    [TestMethod]
    public void Mask_BeforeAndAtTheEnd_AllowsStopTokensExactlyThere()
    {
        using ConstrainedChoice choice = Choose(TokenConstraint.FromChoices(["a", "aa"]), ByteVocabulary.Stop, 'b');
        AssertAllowed(choice, ['a']);
        choice.Accept('a');
        AssertAllowed(choice, ['a', 'b', ByteVocabulary.Stop]);
        choice.Accept('a');
        AssertAllowed(choice, ['b', ByteVocabulary.Stop]);
        Assert.IsFalse(choice.IsOver);
        choice.Accept(ByteVocabulary.Stop);
    }

    [TestMethod]
    public void Forbid_AnyState_LeavesWhatMaskDoes()
    {
        foreach (int[] stops in new int[][] { [], [ByteVocabulary.Stop], [ByteVocabulary.Stop, 'b', '7'] })
        {
            using ConstrainedChoice choice = Choose(TokenConstraint.FromJsonSchema("""{"type": ["array", "integer"]}"""), stops);
            foreach (byte value in "[\"ac\", -8, {\"é\": [1.5e3]}]"u8)
            {
                float[] changed = [.. Logits];
                choice.Forbid(changed);
                CollectionAssert.AreEqual(choice.Mask(Logits, out _).ToArray(), changed, $"before {(char)value}");
                choice.Accept(value);
            }
        }

        // Few ids are kept as a list, many as bits, and here a stop token is one of the text's as well.
        using ConstrainedChoice number = Choose(TokenConstraint.FromJsonSchema("""{"type": "integer"}"""), '7', ByteVocabulary.Stop);
        number.Accept('1');
        float[] row = [.. Logits];
        number.Forbid(row);
        CollectionAssert.AreEqual(number.Mask(Logits, out _).ToArray(), row);
    }

    [TestMethod]
    public void Mask_OneStopToken_IsForcedAtTheEnd()
    {
        using ConstrainedChoice choice = Choose(TokenConstraint.FromChoices(["~"]), ByteVocabulary.Stop);
        choice.Mask(Logits, out int only);
        Assert.AreEqual('~', only);
        choice.Accept('~');
        choice.Mask(Logits, out only);
        Assert.AreEqual(ByteVocabulary.Stop, only);
        CollectionAssert.AreEqual(new[] { ByteVocabulary.Stop }, choice.Forced('~').ToArray());
    }

    [TestMethod]
    public void IsOver_WithoutStopTokens_IsAtTheEnd()
    {
        using ConstrainedChoice choice = Choose(TokenConstraint.FromChoices(["~"]));
        Assert.IsFalse(choice.IsOver);
        choice.Accept('~');
        Assert.IsTrue(choice.IsOver);
    }

    [TestMethod]
    public void Accept_WhatIsNotAllowed_Throws()
    {
        using ConstrainedChoice choice = Choose(TokenConstraint.FromChoices(["ab"]), ByteVocabulary.Stop);
        Assert.ThrowsExactly<InvalidOperationException>(() => choice.Accept('b'));
        Assert.ThrowsExactly<InvalidOperationException>(() => choice.Accept(ByteVocabulary.Stop));
        Assert.ThrowsExactly<InvalidOperationException>(() => choice.Accept(ByteVocabulary.Size - 1));
        choice.Accept('a');
    }

    [TestMethod]
    public void Mask_StopTokenThatTheTextNeeds_SaysSo()
    {
        using ConstrainedChoice choice = Choose(TokenConstraint.FromChoices(["~x"]), '~');
        InvalidOperationException exception = Assert.ThrowsExactly<InvalidOperationException>(() => choice.Mask(Logits, out _));
        Assert.Contains("no token", exception.Message);
    }

    [TestMethod]
    public void Mask_AfterWarmUp_AllocatesNothing()
    {
        CompiledConstraint compiled = new(
            TokenConstraint.FromJsonSchema("""{"items": {"type": "string", "maxLength": 9}}""").Program, ByteVocabulary.Instance);
        Round(compiled);
        Round(compiled);
        using ConstrainedChoice choice = new(compiled, [ByteVocabulary.Stop]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Round(choice);
        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void LogprobReader_MaskedRow_GivesBothDistributions()
    {
        float[] logits = [1, 3, 2, 0];
        float[] masked = [1, float.NegativeInfinity, 2, float.NegativeInfinity];
        TokenLogprobs read = new LogprobReader(3, tokenizer: null).Read(logits, masked, 2);
        double all = Math.Log(logits.Sum(logit => Math.Exp(logit)));
        double allowed = Math.Log(Math.Exp(1) + Math.Exp(2));
        Assert.AreEqual(2 - all, read.UnconstrainedToken.Logprob, 1e-9);
        Assert.AreEqual(2 - allowed, read.Token.Logprob, 1e-9);
        CollectionAssert.AreEqual(new[] { 1, 2, 0 }, read.UnconstrainedTop.Select(token => token.Id).ToArray());
        CollectionAssert.AreEqual(new[] { 2, 0 }, read.Top.Select(token => token.Id).ToArray());
        Assert.AreEqual(1 - allowed, read.Top[1].Logprob, 1e-9);
    }

    [TestMethod]
    public void LogprobReader_EqualLogits_TakesTheFirstIds()
    {
        float[] logits = [0, 5, 5, 5, 1];
        CollectionAssert.AreEqual(
            new[] { 1, 2 }, new LogprobReader(2, null).Read(logits, logits, 0).Top.Select(token => token.Id).ToArray());
    }

    private static ConstrainedChoice Choose(TokenConstraint constraint, params int[] stops) =>
        new(new CompiledConstraint(constraint.Program, ByteVocabulary.Instance), stops);

    private static void Round(CompiledConstraint compiled)
    {
        using ConstrainedChoice choice = new(compiled, [ByteVocabulary.Stop]);
        Round(choice);
    }

    private static void Round(ConstrainedChoice choice)
    {
        foreach (byte value in "[\"ab\", \"cdef\"]"u8)
        {
            choice.Forced(-1);
            choice.Mask(Logits, out _);
            choice.Accept(value);
        }
    }

    private static void AssertAllowed(ConstrainedChoice choice, int[] ids)
    {
        float[] masked = choice.Mask(Logits, out int only).ToArray();
        CollectionAssert.AreEqual(
            ids.Order().ToArray(), Enumerable.Range(0, masked.Length).Where(id => masked[id] > float.NegativeInfinity).ToArray());
        Assert.AreEqual(ids.Length == 1 ? ids[0] : -1, only);
        Assert.IsTrue(ids.All(id => masked[id] == Logits[id]));
    }
}
