using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

[TestClass]
public sealed class AdapterStackTests
{
    [TestMethod]
    public async Task TryReplace_OtherAdapters_HoldsWhatANewStackWould()
    {
        AloraModel model = await DemoModel.OpenAsync();
        Adapter[] adapters = [.. new[] { "query_rewrite", "answerability", "certainty", "jailbreak" }.Select(model.Adapters.Get)];
        using AdapterStack stack = AdapterStack.Create(adapters[..3], model.Manifest, TensorMemory.Host, slots: 4);
        OrtValue[] places = [.. stack.Inputs.Select(input => input.Value)];
        Assert.IsTrue(stack.TryReplace([adapters[3], adapters[0]], model.Manifest, TensorMemory.Host));
        using AdapterStack expected = AdapterStack.Create([adapters[3], adapters[0]], model.Manifest, TensorMemory.Host, slots: 4);
        Assert.HasCount(expected.Inputs.Count, stack.Inputs);
        for (int i = 0; i < expected.Inputs.Count; i++)
        {
            Assert.AreEqual(expected.Inputs[i].InputName, stack.Inputs[i].InputName);
            Assert.AreSame(places[i], stack.Inputs[i].Value);
            Assert.IsTrue(
                expected.Inputs[i].Value.GetTensorMutableRawData().SequenceEqual(stack.Inputs[i].Value.GetTensorMutableRawData()),
                expected.Inputs[i].InputName);
        }

        Assert.AreEqual(1, stack.IndexOf(adapters[0]));
    }

    [TestMethod]
    public async Task TryReplace_MoreAdaptersThanSlots_ChangesNothing()
    {
        AloraModel model = await DemoModel.OpenAsync();
        Adapter[] adapters = [.. DemoModel.AdapterNames.Take(3).Select(model.Adapters.Get)];
        using AdapterStack stack = AdapterStack.Create(adapters[..2], model.Manifest, TensorMemory.Host);
        Assert.IsFalse(stack.TryReplace(adapters, model.Manifest, TensorMemory.Host));
        CollectionAssert.AreEqual(adapters[..2], stack.Adapters.ToArray());
    }
}
