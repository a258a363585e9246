using ALoRA.Onnx.Export.Adapters.Files;
using ALoRA.Onnx.Export.Adapters.Packing;
using ALoRA.Onnx.Export.Settings;
using CsCheck;

namespace ALoRA.Onnx.Export.Tests.Adapters.Files;

[TestClass]
public sealed class OnnxAdapterWriterTests
{
    [TestMethod]
    public void Write_AnyNamesAndShapes_IsReadBackByGooglesLibrary()
    {
        Gen<AdapterParameter> parameter = Gen.Select(Gen.String[Gen.Char.AlphaNumeric, 0, 20], Gen.Int[0, 5], Gen.Int[0, 5], Gen.Int[0, 99])
            .Select(
            (name, rows, columns, seed) => new AdapterParameter(name, [rows, columns], values =>
            {
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = seed + i;
                }
            }));
        Gen.Select(parameter.Array[1, 6], Gen.Int[0, 2].Select(type => (ActivationType)type)).Sample(
            (parameters, type) => Check([.. parameters.DistinctBy(item => item.Name)], type), iter: 100);
    }

    [TestMethod]
    public void Layout_TwoGibibytes_IsRefusedBeforeAnythingIsWritten()
    {
        AdapterParameter large = new("a", [1 << 15, 1 << 14], _ => { });

        CheckpointFormatException error = Assert.ThrowsExactly<CheckpointFormatException>(
            () => new OnnxAdapterLayout([large], ActivationType.Float32));

        StringAssert.Contains(error.Message, "2147483647");
        Assert.IsLessThan(1L << 31, new OnnxAdapterLayout([large], ActivationType.BFloat16).Length);
    }

    private static void Check(AdapterParameter[] parameters, ActivationType type)
    {
        using TemporaryFolder temporary = new();
        OnnxAdapterLayout layout = new(parameters, type);
        long counted = 0;
        using (FileStream stream = File.Create(temporary["file"]))
        {
            OnnxAdapterWriter.Write(stream, layout, parameters, type, bytes => counted += bytes, CancellationToken.None);
        }

        Assert.AreEqual(layout.Length, new FileInfo(temporary["file"]).Length);
        Assert.AreEqual(layout.Length, counted);
        IReadOnlyDictionary<string, OnnxAdapterFile.Parameter> read = OnnxAdapterFile.Read(temporary["file"]);
        Assert.HasCount(parameters.Length, read);
        foreach (AdapterParameter parameter in parameters)
        {
            float[] expected = new float[parameter.ElementCount];
            parameter.Fill(expected);
            CollectionAssert.AreEqual(parameter.Dimensions, read[parameter.Name].Shape);
            CollectionAssert.AreEqual(expected, read[parameter.Name].Values);
            Assert.AreEqual(0, read[parameter.Name].Position % 8);
        }
    }
}
