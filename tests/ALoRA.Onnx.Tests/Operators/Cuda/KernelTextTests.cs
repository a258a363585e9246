using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using ALoRA.Onnx.Operators.Cuda;

namespace ALoRA.Onnx.Tests.Operators.Cuda;

[TestClass]
public sealed partial class KernelTextTests
{
    [TestMethod]
    public void Read_HasAllKernels_AndNoHeader()
    {
        string text = KernelText.Read(withProducts: true);
        Assert.Contains("#define WITH_ADAPTERS 0", text);
        Assert.Contains("#define WITH_ADAPTERS 1", KernelText.Read());
        Assert.DoesNotContain("PRODUCTS", KernelText.Read());
        foreach (string kernel in (string[])["SHRINK(shrink_f16_2", "SHRINK(shrink_bf16_2", "EXPAND(8)", "PRODUCTS(5"])
        {
            Assert.Contains(kernel, text);
        }

        // The run-time compiler comes without headers.
        Assert.DoesNotContain("#include", text);
        Assert.IsTrue(text.All(char.IsAscii));
    }

    // What a kernel reads is what was written: the same fields, in the same order and of the same sizes.
    [TestMethod]
    [DataRow(typeof(ShrinkArguments), DisplayName = "shrink")]
    [DataRow(typeof(ExpandArguments), DisplayName = "expand")]
    [DataRow(typeof(ProductArguments), DisplayName = "product")]
    [DataRow(typeof(NormArguments), DisplayName = "norm")]
    [DataRow(typeof(AttentionArguments), DisplayName = "attention")]
    public void Arguments_OfAKernel_AreThoseOfItsText(Type arguments)
    {
        string text = KernelText.Read(withProducts: true);
        string body = Regex.Match(text, $"struct {arguments.Name} {{(.*?)}};", RegexOptions.Singleline).Groups[1].Value;
        List<string> written = [];
        int offset = 0;
        foreach (Match field in Field().Matches(body))
        {
            int size = field.Groups["pointer"].Length > 0 || field.Groups["type"].Value == "i64" ? 8 : 4;
            foreach (string name in field.Groups["names"].Value.Split(", "))
            {
                written.Add($"{offset} {name.Replace("_", "", StringComparison.Ordinal)}");
                offset += size;
            }
        }

        Assert.IsGreaterThan(8, written.Count);
        string[] ours =
        [
            .. arguments.GetFields(BindingFlags.Instance | BindingFlags.Public).SelectMany(field =>
                field.FieldType == typeof(PartEnds)
                    ? ((string[])["end1", "end2", "end3"]).Select((name, index) => $"{At(arguments, field) + (4 * index)} {name}")
                    : [$"{At(arguments, field)} {field.Name.ToLowerInvariant()}"]),
        ];
        CollectionAssert.AreEqual(written, ours);
    }

    private static int At(Type type, FieldInfo field) => (int)Marshal.OffsetOf(type, field.Name);

    [GeneratedRegex(
        @"^  (?:const )?(?<type>uint4|u8|u16|int|float|char|i64)(?<pointer>\*?) (?<names>\w+(?:, \w+)*);", RegexOptions.Multiline)]
    private static partial Regex Field();
}
