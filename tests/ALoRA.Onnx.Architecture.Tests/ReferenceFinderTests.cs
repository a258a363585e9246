namespace ALoRA.Onnx.Architecture.Tests;

[TestClass]
public sealed class ReferenceFinderTests
{
    private const string UpperPath = "Upper/Attic.cs";

    private const string Upper =
        """
        namespace House.Upper;

        public static class Attic
        {
            public const int Steps = 3;

            public static int Floors() => 2;

            public static int Doors(this string text) => text.Length;

            extension(string text)
            {
                public int Windows => text.Length;
            }
        }

        public enum Colour { Red }

        public sealed class BoxAttribute : System.Attribute;

        public class Box
        {
            public Box(int size) { }

            public int Weight;

            public event System.Action Opened;

            public int Size { get; set; }

            public int Sides() => 6;
        }

        public sealed record Label(string Print);
        """;

    [TestMethod]
    [DataRow("class A { string S = nameof(House.Upper.Attic); }", DisplayName = "nameof of a type")]
    [DataRow("class A { string S = nameof(House.Upper.Attic.Floors); }", DisplayName = "nameof of a method")]
    [DataRow("using House.Upper; class A { const int N = Attic.Steps; }", DisplayName = "constant")]
    [DataRow("class A { int N = (int)House.Upper.Colour.Red; }", DisplayName = "enum value")]
    [DataRow("using House.Upper; class A { int N = \"door\".Doors(); }", DisplayName = "extension method")]
    [DataRow("using House.Upper; class A { int N = \"door\".Windows; }", DisplayName = "extension property")]
    [DataRow("using House.Upper; class A { List<List<Box>> L; }", DisplayName = "generic argument")]
    [DataRow("using static House.Upper.Attic; class A { int N = Steps; }", DisplayName = "using static")]
    [DataRow("using Crate = House.Upper.Box; class A { Crate C; }", DisplayName = "alias")]
    [DataRow("using House.Upper; [Box] class A;", DisplayName = "attribute without its suffix")]
    [DataRow("using House.Upper; class A() : Box(1);", DisplayName = "base type")]
    [DataRow("using House.Upper; class A { void M(object o) { if (o is Box { Size: > 1 }) { } } }", DisplayName = "pattern")]
    [DataRow("using House.Upper; class A { T M<T>() where T : Box => null; }", DisplayName = "constraint of a type parameter")]
    [DataRow("using House.Upper; class A { string S = $\"{typeof(Box)}\"; }", DisplayName = "typeof inside a string")]
    [DataRow("namespace House; class A { Upper.Box B; }", DisplayName = "half a namespace")]
    public void Find_ReferenceUpwards_Found(string lower)
    {
        IReadOnlyList<Reference> found = Find(["Lower", "Upper"], ("Lower/A.cs", lower), (UpperPath, Upper));
        Assert.HasCount(1, found);
        Assert.AreEqual("Lower/A.cs -> Upper/Attic.cs", found[0].Edge);
        Assert.AreEqual(1, found[0].Line);
    }

    [TestMethod]
    [DataRow("/// <summary>See <see cref=\"House.Upper.Attic\"/>.</summary>\nclass A;", DisplayName = "documentation")]
    [DataRow("class A { string S = \"House.Upper.Attic\"; } // Attic", DisplayName = "comment and string")]
    [DataRow("using House.Upper; class A;", DisplayName = "namespace alone")]
    [DataRow("class A { int M(int Attic) { int Steps = Attic; return Steps; } }", DisplayName = "local variable of the same name")]
    [DataRow("class A { class Box { } Box B; }", DisplayName = "own type of the same name")]
    [DataRow("class A { Generated<int> G = Generated.Of(new List<int>().Count); }", DisplayName = "generated code that is missing")]
    public void Find_NoReference_NothingFound(string lower) =>
        Assert.IsEmpty(Find(["Lower", "Upper"], ("Lower/A.cs", lower), (UpperPath, Upper)));

    [TestMethod]
    public void Find_CallWithGeneratedType_FoundAmongCandidates()
    {
        IReadOnlyList<Reference> found = Find(
            ["Lower", "Upper"], ("Lower/A.cs", "class A { int N = House.Upper.Attic.Doors(new Generated(), 1); }"), (UpperPath, Upper));
        Assert.HasCount(1, found);
    }

    [TestMethod]
    [DataRow("object O = Middle.Box.Size;", DisplayName = "property")]
    [DataRow("object O = Middle.Box.Weight;", DisplayName = "field")]
    [DataRow("A() => Middle.Box.Opened += null;", DisplayName = "event")]
    [DataRow("object O = Middle.Box.Sides();", DisplayName = "method")]
    [DataRow("object O = Middle.Label.Print;", DisplayName = "parameter of a record")]
    public void Find_MemberOfTypeThatIsNotNamed_Found(string member)
    {
        const string middle =
            """
            class Middle
            {
                public static House.Upper.Box Box;
                public static House.Upper.Label Label;
            }
            """;
        IReadOnlyList<Reference> found = Find(
            ["Lower", "Upper"], ("Lower/A.cs", $"class A {{ {member} }}"), (UpperPath, Upper), ("Middle.cs", middle));
        Assert.AreEqual("Lower/A.cs -> Upper/Attic.cs", found.Single().Edge);
    }

    [TestMethod]
    public void Find_InferredType_Found()
    {
        IReadOnlyList<Reference> found = Find(
            ["Lower", "Middle", "Upper"],
            ("Lower/A.cs", "class A { void M() { var box = Middle.Made; } }"),
            ("Middle/Middle.cs", "class Middle { public static House.Upper.Box Made; }"),
            (UpperPath, Upper));
        CollectionAssert.AreEquivalent(
            new[] { "Lower/A.cs -> Middle/Middle.cs", "Lower/A.cs -> Upper/Attic.cs", "Middle/Middle.cs -> Upper/Attic.cs" },
            found.Select(reference => reference.Edge).ToArray());
    }

    [TestMethod]
    public void Find_ReferenceSideways_Found() =>
        Assert.HasCount(1, Find(["Lower Upper"], ("Lower/A.cs", "class A { House.Upper.Box B; }"), (UpperPath, Upper)));

    [TestMethod]
    public void Find_ReferenceToRoot_Found() =>
        Assert.HasCount(1, Find(["Lower", "."], ("Lower/A.cs", "class A { House.Upper.Box B; }"), ("Attic.cs", Upper)));

    [TestMethod]
    [DataRow("Upper", "Lower", DisplayName = "downwards")]
    [DataRow("Lower", "Upper/Below", DisplayName = "from a folder that is in no line")]
    public void Find_AllowedReference_NothingFound(string upperLine, string lowerLine) =>
        Assert.IsEmpty(Find([upperLine, lowerLine], ("Lower/A.cs", "class A { House.Upper.Box B; }"), (UpperPath, Upper)));

    [TestMethod]
    public void Find_ReferenceInsideFolder_NothingFound() =>
        Assert.IsEmpty(Find(["Upper"], ("Upper/Deep/A.cs", "class A { House.Upper.Box B; }"), (UpperPath, Upper)));

    [TestMethod]
    public void Find_PartialType_NamedOnce()
    {
        IReadOnlyList<Reference> found = Find(
            ["Lower", "Upper"],
            ("Lower/A.cs", "class A { B Field; }"),
            ("Upper/B.More.cs", "partial class B { int M; }"),
            ("Upper/B.cs", "partial class B { int N; }"));
        Assert.AreEqual("Lower/A.cs -> Upper/B.cs", found.Single().Edge);
    }

    [TestMethod]
    public void Find_SeveralUses_FirstLineNamed()
    {
        IReadOnlyList<Reference> found = Find(
            ["Lower", "Upper"],
            ("Lower/A.cs", "using House.Upper;\nclass A\n{\n    Box B;\n    int N = Attic.Steps;\n}"),
            (UpperPath, Upper));
        Assert.AreEqual(new Reference("Lower/A.cs", UpperPath, 4, "Box"), found.Single());
    }

    [TestMethod]
    public void FindUnknownUsings_MissingAssembly_Named()
    {
        SourceFile file = new("A.cs", "using System.Text;\nusing Missing.Parts;\nusing static Missing.Type;\nclass A;");
        string[] unknown = [.. ReferenceFinder.FindUnknownUsings(Compilations.Of("A", [file]))];
        CollectionAssert.AreEqual(new[] { "A.cs: Missing.Parts", "A.cs: Missing.Type" }, unknown);
    }

    private static IReadOnlyList<Reference> Find(string[] lines, params (string Path, string Text)[] files) => ReferenceFinder.Find(
        Compilations.Of("House", [.. files.Select(file => new SourceFile(file.Path, file.Text))]), new LayerOrder(lines));
}
