// A loss surface: the lit mesh with its contour lines, thick lines in screen space, and round markers.
//
// Colours are display values (sRGB encoded) throughout, as the window's own shader has it. All outputs are premultiplied.

struct Frame {
    view_projection: mat4x4<f32>,
    // xyz: where the camera stands. w: length in model space of one pixel at unit distance.
    eye: vec4<f32>,
    // xyz: unit vector towards the light. w: pixels per point.
    light: vec4<f32>,
    // xy: size of the picture in pixels. z: number of contour lines. w: opacity of the lines between grid points.
    picture: vec4<f32>,
    // x: z of the lowest colour. y: 1 / (z of the highest − z of the lowest). z: number of columns.
    scale: vec4<f32>,
}

@group(0) @binding(0) var<uniform> frame: Frame;
@group(0) @binding(1) var lut: texture_2d<f32>;
@group(0) @binding(2) var lut_sampler: sampler;

// ---- The surface ----------------------------------------------------------------------------------------------------

struct SurfacePoint {
    @builtin(position) clip: vec4<f32>,
    @location(0) place: vec3<f32>,
    @location(1) normal: vec3<f32>,
    // Column and row: whole numbers on the lines between grid points.
    @location(2) cell: vec2<f32>,
}

@vertex
fn vs_surface(
    @builtin(vertex_index) index: u32,
    @location(0) place: vec3<f32>,
    @location(1) normal: vec3<f32>,
) -> SurfacePoint {
    var out: SurfacePoint;
    let columns = u32(frame.scale.z);
    out.clip = frame.view_projection * vec4<f32>(place, 1.0);
    out.place = place;
    out.normal = normal;
    out.cell = vec2<f32>(f32(index % columns), f32(index / columns));
    return out;
}

// How much of a line of `half_width` pixels covers a place `away` pixels from its middle.
fn coverage(away: f32, half_width: f32) -> f32 {
    return clamp(half_width - away + 0.5, 0.0, 1.0);
}

@fragment
fn fs_surface(in: SurfacePoint, @builtin(front_facing) is_top: bool) -> @location(0) vec4<f32> {
    let share = clamp((in.place.z - frame.scale.x) * frame.scale.y, 0.0, 1.0);
    // Derivatives first: they need every fragment of a quad.
    let contours = frame.picture.z;
    let level = share * (contours + 1.0);
    let level_step = max(fwidth(level), 1e-6);
    let cell_step = max(fwidth(in.cell), vec2<f32>(1e-6));

    var color = textureSampleLevel(lut, lut_sampler, vec2<f32>((share * 255.0 + 0.5) / 256.0, 0.5), 0.0).rgb;

    // Contour lines are darker than a light surface and lighter than a dark one, and fade where they would be closer
    // than a few pixels.
    let luminance = dot(color, vec3<f32>(0.299, 0.587, 0.114));
    let ink = vec3<f32>(1.0 - smoothstep(0.24, 0.40, luminance));
    let width = 0.55 * frame.light.w;
    if contours > 0.0 {
        let nearest = clamp(round(level), 1.0, contours);
        let line = coverage(abs(level - nearest) / level_step, width);
        let room = 1.0 - smoothstep(0.12, 0.35, level_step);
        color = mix(color, ink, 0.42 * line * room);
    }
    if frame.picture.w > 0.0 {
        let away = abs(in.cell - round(in.cell)) / cell_step;
        let lines = vec2<f32>(coverage(away.x, 0.4 * frame.light.w), coverage(away.y, 0.4 * frame.light.w));
        let room = vec2<f32>(1.0) - smoothstep(vec2<f32>(0.1), vec2<f32>(0.3), cell_step);
        color = mix(color, ink, frame.picture.w * max(lines.x * room.x, lines.y * room.y));
    }

    // Two-sided: from below the normal points down. A light that goes around softly, so that no slope is black.
    let normal = normalize(select(-in.normal, in.normal, is_top));
    let to_eye = normalize(frame.eye.xyz - in.place);
    let wrapped = 0.5 + 0.5 * dot(normal, frame.light.xyz);
    let diffuse = wrapped * wrapped;
    let facing = max(dot(normal, to_eye), 0.0);
    let half_way = normalize(frame.light.xyz + to_eye);
    let gloss = pow(max(dot(normal, half_way), 0.0), 40.0);
    // No brighter than the colour itself but for the gloss: colours are values.
    var lit = color * (0.44 + 0.46 * diffuse + 0.10 * facing) + vec3<f32>(0.05 * gloss);
    if !is_top {
        lit = lit * 0.8;
    }
    return vec4<f32>(clamp(lit, vec3<f32>(0.0), vec3<f32>(1.0)), 1.0);
}

// ---- Lines ----------------------------------------------------------------------------------------------------------

struct LinePoint {
    @builtin(position) clip: vec4<f32>,
    // The two ends in pixels.
    @location(0) @interpolate(flat) ends: vec4<f32>,
    @location(1) @interpolate(flat) color: vec4<f32>,
    @location(2) @interpolate(flat) half_width: f32,
}

// What lies on the surface is moved towards the eye by `pixels`, so that the surface does not cut into it. On screen it
// stays where it is.
fn lifted(place: vec3<f32>, pixels: f32) -> vec3<f32> {
    let to_eye = frame.eye.xyz - place;
    return place + to_eye * min(pixels * frame.eye.w, 0.5);
}

fn to_pixels(clip: vec4<f32>) -> vec2<f32> {
    return (clip.xy / clip.w * vec2<f32>(0.5, -0.5) + 0.5) * frame.picture.xy;
}

fn to_clip(pixels: vec2<f32>, at: vec4<f32>) -> vec4<f32> {
    let xy = (pixels / frame.picture.xy - 0.5) * vec2<f32>(2.0, -2.0);
    return vec4<f32>(xy * at.w, at.z, at.w);
}

// One instance is one segment with round ends; six corners make its rectangle.
@vertex
fn vs_line(
    @builtin(vertex_index) corner: u32,
    @location(0) from_place: vec3<f32>,
    @location(1) to_place: vec3<f32>,
    @location(2) color: vec4<f32>,
    // x: width in points. y: whether it lies on the surface.
    @location(3) style: vec2<f32>,
) -> LinePoint {
    let half_width = 0.5 * style.x * frame.light.w;
    let lift = style.y * 3.0 * half_width;
    var a = frame.view_projection * vec4<f32>(lifted(from_place, lift), 1.0);
    var b = frame.view_projection * vec4<f32>(lifted(to_place, lift), 1.0);
    // What is behind the eye is cut off in front of it.
    let near = 1e-3;
    if a.w < near && b.w > near {
        a = mix(a, b, (near - a.w) / (b.w - a.w));
    } else if b.w < near && a.w > near {
        b = mix(b, a, (near - b.w) / (a.w - b.w));
    }

    var out: LinePoint;
    out.color = color;
    out.half_width = half_width;
    if max(a.w, b.w) < near {
        // All of it is behind the eye: nothing, outside the picture.
        out.clip = vec4<f32>(2.0, 2.0, 0.0, 1.0);
        return out;
    }
    let p = to_pixels(a);
    let q = to_pixels(b);
    out.ends = vec4<f32>(p, q);
    var along = q - p;
    let length_in_pixels = length(along);
    along = select(vec2<f32>(1.0, 0.0), along / length_in_pixels, length_in_pixels > 1e-4);
    let aside = vec2<f32>(-along.y, along.x);
    // One pixel more than the line, for its soft edge.
    let reach = half_width + 1.0;
    let at_end = corner == 1u || corner == 2u || corner == 4u;
    let left = corner == 2u || corner == 4u || corner == 5u;
    let side = select(-1.0, 1.0, left);
    if at_end {
        out.clip = to_clip(q + (along + aside * side) * reach, b);
    } else {
        out.clip = to_clip(p + (aside * side - along) * reach, a);
    }
    return out;
}

fn distance_to_segment(p: vec2<f32>, ends: vec4<f32>) -> f32 {
    let along = ends.zw - ends.xy;
    let t = clamp(dot(p - ends.xy, along) / max(dot(along, along), 1e-9), 0.0, 1.0);
    return distance(p, ends.xy + t * along);
}

@fragment
fn fs_line(in: LinePoint) -> @location(0) vec4<f32> {
    let cover = coverage(distance_to_segment(in.clip.xy, in.ends), in.half_width);
    if cover <= 0.0 {
        discard;
    }
    let alpha = in.color.a * cover;
    return vec4<f32>(in.color.rgb * alpha, alpha);
}

// What is behind the surface shines through a little. Hard edges: a stencil lets every pixel be painted once only.
const THROUGH: f32 = 0.30;
const MARKER_THROUGH: f32 = 0.5;

@fragment
fn fs_line_behind(in: LinePoint) -> @location(0) vec4<f32> {
    if distance_to_segment(in.clip.xy, in.ends) > in.half_width {
        discard;
    }
    let alpha = in.color.a * THROUGH;
    return vec4<f32>(in.color.rgb * alpha, alpha);
}

// ---- Markers --------------------------------------------------------------------------------------------------------

const DISC: u32 = 0u;
const RING: u32 = 1u;
const STAR: u32 = 2u;

struct MarkerPoint {
    @builtin(position) clip: vec4<f32>,
    @location(0) @interpolate(flat) middle: vec2<f32>,
    @location(1) @interpolate(flat) color: vec4<f32>,
    @location(2) @interpolate(flat) rim: vec4<f32>,
    @location(3) @interpolate(flat) radius: f32,
    @location(4) @interpolate(flat) kind: u32,
}

// One instance is one marker; six corners make its square, which faces the camera.
@vertex
fn vs_marker(
    @builtin(vertex_index) corner: u32,
    @location(0) place: vec3<f32>,
    // In points.
    @location(1) radius: f32,
    @location(2) color: vec4<f32>,
    @location(3) rim: vec4<f32>,
    @location(4) kind: u32,
) -> MarkerPoint {
    var out: MarkerPoint;
    let pixels = radius * frame.light.w;
    let middle = frame.view_projection * vec4<f32>(lifted(place, 4.0 * pixels), 1.0);
    out.color = color;
    out.rim = rim;
    out.radius = pixels;
    out.kind = kind;
    if middle.w < 1e-3 {
        out.clip = vec4<f32>(2.0, 2.0, 0.0, 1.0);
        return out;
    }
    out.middle = to_pixels(middle);
    let right = corner == 1u || corner == 2u || corner == 4u;
    let below = corner == 2u || corner == 4u || corner == 5u;
    let side = vec2<f32>(select(-1.0, 1.0, right), select(-1.0, 1.0, below));
    out.clip = to_clip(out.middle + side * (pixels + 1.0), middle);
    return out;
}

// Pixels from a place to the outline of a marker, negative inside.
fn outline(offset: vec2<f32>, radius: f32, kind: u32) -> f32 {
    if kind != STAR {
        return length(offset) - radius;
    }
    // Fold the plane into half a point of the star: its tip is at angle 0, its inner corner at 36°.
    let sector = 1.2566371;
    let angle = atan2(offset.x, -offset.y);
    let folded = abs(angle - sector * round(angle / sector));
    let p = length(offset) * vec2<f32>(cos(folded), sin(folded));
    let tip = vec2<f32>(radius, 0.0);
    let inner = 0.42 * radius * vec2<f32>(0.8090170, 0.5877853);
    let edge = normalize(inner - tip);
    return dot(p - tip, vec2<f32>(edge.y, -edge.x));
}

fn painted(in: MarkerPoint) -> vec4<f32> {
    let away = outline(in.clip.xy - in.middle, in.radius, in.kind);
    let cover = clamp(0.5 - away, 0.0, 1.0);
    // The rim is a band inside the outline. A ring has its colour there, and the rim's inside.
    let ring = in.kind == RING;
    let band = select(1.2, 2.2, ring) * frame.light.w;
    let inside = clamp(0.5 - (away + band), 0.0, 1.0);
    let color = mix(select(in.rim, in.color, ring), select(in.color, in.rim, ring), inside);
    return vec4<f32>(color.rgb * color.a, color.a) * cover;
}

@fragment
fn fs_marker(in: MarkerPoint) -> @location(0) vec4<f32> {
    let color = painted(in);
    if color.a <= 0.0 {
        discard;
    }
    return color;
}

@fragment
fn fs_marker_behind(in: MarkerPoint) -> @location(0) vec4<f32> {
    let color = painted(in);
    if color.a < 0.5 {
        discard;
    }
    return color * MARKER_THROUGH;
}
