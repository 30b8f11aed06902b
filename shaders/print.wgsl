// The lines and dots of a plot, printed into a texture that is kept for many frames.
//
// Colours are display values and premultiplied, as in the window's own shader.

// xy: the upper left corner of what is printed, in points of the screen. zw: its size.
@group(0) @binding(0) var<uniform> place: vec4<f32>;

struct Printed {
    @builtin(position) clip: vec4<f32>,
    // Of a dot: from −1 to 1 along both sides of the square around it, plus 4. Of everything else 0.
    @location(0) disc: vec2<f32>,
    @location(1) color: vec4<f32>,
}

@vertex
fn vs_print(@location(0) at: vec2<f32>, @location(1) disc: vec2<f32>, @location(2) color: u32) -> Printed {
    let share = (at - place.xy) / place.zw;
    var out: Printed;
    out.clip = vec4<f32>(2.0 * share.x - 1.0, 1.0 - 2.0 * share.y, 0.0, 1.0);
    out.disc = disc;
    out.color = unpack4x8unorm(color);
    return out;
}

@fragment
fn fs_print(in: Printed) -> @location(0) vec4<f32> {
    // Half the side of the square in pixels; the dot's radius is one less, so that there is room for its soft edge.
    let half_side = 1.0 / max(length(vec2<f32>(dpdx(in.disc.x), dpdy(in.disc.x))), 1e-6);
    let covered = half_side * (1.0 - length(in.disc - vec2<f32>(4.0, 4.0))) - 0.5;
    return in.color * select(1.0, clamp(covered, 0.0, 1.0), in.disc.x > 2.0);
}
