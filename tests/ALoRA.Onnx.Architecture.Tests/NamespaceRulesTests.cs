namespace ALoRA.Onnx.Architecture.Tests;

[TestClass]
public sealed class NamespaceRulesTests
{
    [TestMethod]
    [DataRow("A.cs", "namespace House; public class A;")]
    [DataRow("A.cs", "namespace House; class A;")]
    [DataRow("Upper/A.cs", "namespace House; public class A { private class Nested; }")]
    [DataRow("Upper/Deep/A.cs", "namespace House.Upper.Deep; internal delegate void A();")]
    [DataRow("Upper/A.cs", "namespace Microsoft.Extensions; public static class Known;")]
    [DataRow("Linked/A.cs", "namespace Street.Linked; class A;")]
    [DataRow("Program.cs", "System.Console.WriteLine();")]
    public void Broken_TypeWhereItBelongs_Nothing(string path, string text) => Assert.IsEmpty(Broken(path, text));

    [TestMethod]
    [DataRow("Upper/A.cs", "namespace House.Upper; public class A;", "A is public and in namespace House.Upper, expected House")]
    [DataRow("Upper/A.cs", "namespace House; enum A;", "A is internal and in namespace House, expected House.Upper")]
    [DataRow("Upper/A.cs", "namespace House.Lower; file class A;", "A is internal and in namespace House.Lower, expected House.Upper")]
    [DataRow("A.cs", "class A;", "A is internal and in namespace <global namespace>, expected House")]
    [DataRow("A.cs", "namespace Microsoft; class Known;", "Known is internal and in namespace Microsoft, expected House")]
    [DataRow("Linked/A.cs", "namespace House.Linked; class A;", "A is internal and in namespace House.Linked, expected Street.Linked")]
    public void Broken_TypeElsewhere_Named(string path, string text, string expected) =>
        Assert.AreEqual($"{path}: {expected}", Broken(path, text).Single());

    private static IReadOnlyList<string> Broken(string path, string text) => NamespaceRules.Broken(
        Compilations.Of("House", [new SourceFile(path, text)]),
        "House",
        new Dictionary<string, string> { ["Known"] = "Microsoft.Extensions" },
        new Dictionary<string, string> { ["Linked"] = "Street.Linked" });
}
