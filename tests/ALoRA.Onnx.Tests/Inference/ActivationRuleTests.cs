using ALoRA.Onnx.Inference;
using CsCheck;

namespace ALoRA.Onnx.Tests.Inference;

[TestClass]
public sealed class ActivationRuleTests
{
    [TestMethod]
    [DataRow(new[] { 0, 1, 2, 3 }, new[] { 1, 2 }, 1)]
    [DataRow(new[] { 1, 2, 9, 1, 2, 9 }, new[] { 1, 2 }, 3)]
    [DataRow(new[] { 1, 2, 9, 1 }, new[] { 1, 2 }, 0)]
    [DataRow(new[] { 5, 5, 5 }, new[] { 5, 5 }, 1)]
    [DataRow(new[] { 7 }, new[] { 7 }, 0)]
    public void FindStart_SequenceInPrompt_GivesTheLastCompleteOccurrence(int[] prompt, int[] invocation, int expected)
    {
        Assert.AreEqual(expected, ActivationRule.FindStart(prompt, invocation, 0));
    }

    [TestMethod]
    [DataRow(new[] { 1, 2, 3 }, new[] { 2, 1 })]
    [DataRow(new[] { 1 }, new[] { 1, 1 })]
    [DataRow(new int[0], new[] { 1 })]
    [DataRow(new[] { 1 }, new int[0])]
    public void FindStart_SequenceMissing_GivesNull(int[] prompt, int[] invocation)
    {
        Assert.IsNull(ActivationRule.FindStart(prompt, invocation, 0));
    }

    [TestMethod]
    [DataRow(-1, 2)]
    [DataRow(0, 3)]
    [DataRow(1, 4)]
    public void FindStart_Offset_MovesTheStart(int offset, int expected)
    {
        Assert.AreEqual(expected, ActivationRule.FindStart([0, 0, 0, 8, 9], [8, 9], offset));
    }

    [TestMethod]
    public void FindStart_OffsetAtTheEdges_StaysInside()
    {
        Assert.AreEqual(0, ActivationRule.FindStart([8, 9], [8, 9], -1));
        Assert.AreEqual(1, ActivationRule.FindStart([8], [8], 1));
    }

    [TestMethod]
    public void FindStart_AnyPrompt_EqualsTheNaiveSearch()
    {
        Gen.Select(Gen.Int[0, 2].Array[0, 30], Gen.Int[0, 2].Array[1, 4]).Sample((prompt, invocation) =>
        {
            int? naive = null;
            for (int start = 0; start + invocation.Length <= prompt.Length; start++)
            {
                if (prompt.Skip(start).Take(invocation.Length).SequenceEqual(invocation))
                {
                    naive = start;
                }
            }

            Assert.AreEqual(naive, ActivationRule.FindStart(prompt, invocation, 0));
        });
    }
}
