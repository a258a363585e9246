using ALoRA.Onnx.Cli.Bench;

namespace ALoRA.Onnx.Cli.Tests.Bench;

[TestClass]
public sealed class LabelPlacesTests
{
    [TestMethod]
    public void Find_RandomCurves_NeverTouchesThem()
    {
        Random random = new(5);
        for (int round = 0; round < 200; round++)
        {
            LabelPlaces places = new(0, 0, 400, 300);
            (double X, double Y)[] points =
                [.. Enumerable.Range(0, 6).Select(i => (40.0 + (60 * i), 20 + (260 * random.NextDouble())))];
            for (int i = 0; i < points.Length; i++)
            {
                places.AddPoint(points[i].X, points[i].Y);
                if (i > 0)
                {
                    places.AddLine(points[i - 1].X, points[i - 1].Y, points[i].X, points[i].Y);
                }
            }

            foreach ((double x, double y) in points)
            {
                if (places.Find(x, y, letters: 6, isAbove: true) is { } place)
                {
                    for (int step = 0; step <= 1000; step++)
                    {
                        double at = points[0].X + ((points[^1].X - points[0].X) * step / 1000);
                        int segment = Math.Min(points.Length - 2, (int)((at - points[0].X) / 60));
                        double share = (at - points[segment].X) / 60;
                        double height = points[segment].Y + (share * (points[segment + 1].Y - points[segment].Y));
                        bool isWithin = Math.Abs(at - place.X) < 18
                            && height > place.Baseline + 1 - LabelPlaces.Height
                            && height < place.Baseline + 1;
                        Assert.IsFalse(isWithin, $"round {round}: the label at {place} touches the curve at {at}");
                    }
                }
            }
        }
    }

    [TestMethod]
    public void Find_NoRoom_GivesNone()
    {
        LabelPlaces places = new(0, 0, 20, 20);

        Assert.IsNull(places.Find(10, 10, letters: 10, isAbove: true));
    }
}
