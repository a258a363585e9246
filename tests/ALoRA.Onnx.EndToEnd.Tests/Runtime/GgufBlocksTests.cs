using System.Numerics.Tensors;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>A real model whose GGUF blocks were taken over as they are, against the same weights in float32.</summary>
[TestClass]
public sealed class GgufBlocksTests
{
    private const int Positions = 500;

    [TestMethod]
    public async Task Forward_RealText_AgreesWithFloat32()
    {
        AloraModel exact = await SmolModel.OpenFloat32Async();
        AloraModel blocks = await SmolModel.OpenGgufAsync();
        int[] text = exact.Tokenizer.Encode(await File.ReadAllTextAsync(Path.Combine(SmolModel.Source, "LICENSE")))[..Positions];
        ForwardOptions everywhere = new() { LogitsPositions = [.. Enumerable.Range(0, Positions)] };
        using Conversation x = exact.CreateConversation();
        using Conversation y = blocks.CreateConversation();
        Logits expected = await x.ForwardAsync(text, everywhere);
        Logits got = await y.ForwardAsync(text, everywhere);
        int sameTop = 0;
        for (int row = 0; row < Positions; row++)
        {
            Prompts.AssertClose(expected[row], got[row], 2e-2f, $"row {row}");
            sameTop += TensorPrimitives.IndexOfMax(expected[row]) == TensorPrimitives.IndexOfMax(got[row]) ? 1 : 0;
        }

        Assert.IsGreaterThanOrEqualTo((int)(0.99 * Positions), sameTop);
    }
}
